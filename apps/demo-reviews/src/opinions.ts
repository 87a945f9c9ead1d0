/** What a review is made of. Nothing here names a kind of product: any of it fits a lamp as well as a pan. */
export interface Opinion {
  readonly titles: readonly string[];
  readonly openings: readonly string[];
  readonly endings: readonly string[];
}

export type Stars = 1 | 2 | 3 | 4 | 5;

export const OPINIONS: Readonly<Record<Stars, Opinion>> = {
  5: {
    titles: ['Better than I hoped', 'Would buy again', 'Exactly right', 'Worth every cent', 'A keeper', 'Lovely thing'],
    openings: [
      'In daily use for months now and still like new.',
      'You notice at once that somebody thought about the details.',
      'A present for my sister, and now I want one myself.',
      'It replaced one that I had for ten years, and it is better in every way.',
      'The pictures do not do it justice.',
    ],
    endings: [
      'Arrived in two days, packed without any plastic.',
      'I have already recommended it to three friends.',
      'Five stars without thinking.',
      'If it ever breaks I will order the same again.',
      '',
    ],
  },
  4: {
    titles: ['Very good', 'Nearly perfect', 'Solid', 'Happy with it', 'Good value', 'Does the job well'],
    openings: [
      'Does what it promises, and does it well.',
      'Well made and pleasant to use.',
      'A clear step up from the cheaper one I had before.',
      'After some weeks I would not want to be without it.',
      'My partner was sceptical and now uses it more than I do.',
    ],
    endings: [
      'One star less because the manual could be clearer.',
      'The colour is a little darker than in the picture.',
      'Delivery took a week, everything else was fine.',
      'A little cheaper and it would be five stars.',
      '',
    ],
  },
  3: {
    titles: ['All right', 'It depends', 'Good idea, middling execution', 'Fine for the price', 'Mixed feelings'],
    openings: [
      'It works, but I expected a bit more for the money.',
      'Good on most days, annoying on some.',
      'The quality is decent, the size was not what I imagined.',
      'I like how it looks more than how it works.',
    ],
    endings: [
      'I keep it, but I would look around first next time.',
      'Perhaps the next version gets it right.',
      'The service answered quickly, which helps.',
      '',
    ],
  },
  2: {
    titles: ['Not for me', 'Disappointed', 'Expected more', 'Feels cheap'],
    openings: [
      'The first impression was good, the second one was not.',
      'A part was loose when it arrived.',
      'After a few weeks it shows its age already.',
    ],
    endings: [
      'The refund came without discussion.',
      'Two stars for the friendly service.',
      'I went back to my old one.',
    ],
  },
  1: {
    titles: ['Broke in a week', 'Sent it back', 'Avoid'],
    openings: [
      'It stopped working after six days.',
      'What arrived is not what the picture shows.',
      'I really wanted to like it, but no.',
    ],
    endings: ['The replacement had the same fault.', 'Returned the next day.', 'At least sending it back was easy.'],
  },
};

// prettier-ignore
export const FIRST_NAMES = [
  'Ada', 'Ahmed', 'Aino', 'Alba', 'Amélie', 'Anton', 'Aylin', 'Beatriz', 'Björn', 'Camille', 'Carlos', 'Chiara',
  'Daan', 'Dimitra', 'Elif', 'Emil', 'Esther', 'Fatima', 'Finn', 'Freya', 'Giulia', 'Hana', 'Henrik', 'Ines', 'Ivan',
  'Jakub', 'Jana', 'João', 'Jonas', 'Katarzyna', 'Lars', 'Leïla', 'Linnea', 'Luca', 'Maren', 'Marta', 'Mehmet', 'Mila',
  'Nadia', 'Nils', 'Noor', 'Oliver', 'Paula', 'Petra', 'Rafael', 'Rosa', 'Samir', 'Sanne', 'Sofia', 'Tamás', 'Theo',
  'Tuuli', 'Vera', 'Viktor', 'Wanda', 'Yara', 'Yusuf', 'Zoé',
];

export const INITIALS = 'ABCDEFGHIJKLMNOPRSTVWZ';
