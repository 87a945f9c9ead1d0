import { Roster, type Member } from './roster.ts';
import { endpoint, endpoints } from './testing/describe-balancer.ts';

const create = (...ids: readonly string[]): Roster<Member> => {
  const roster = new Roster<Member>((each) => ({ endpoint: each, inFlight: 0 }));
  roster.update(endpoints(...ids));
  return roster;
};

describe('Roster', () => {
  it('says who joined, who left and who is there', () => {
    const change = create('a', 'b').update(endpoints('c', 'b'));
    expect(change.members.map((member) => member.endpoint.id)).toEqual(['c', 'b']);
    expect(change.joined.map((member) => member.endpoint.id)).toEqual(['c']);
    expect(change.left.map((member) => member.endpoint.id)).toEqual(['a']);
  });

  it('remembers who left with requests in flight, until the last of them ends', () => {
    const roster = create('a', 'b');
    roster.start(endpoint('a'));
    roster.start(endpoint('a'));
    roster.update(endpoints('b'));
    expect(roster.departing).toBe(1);
    expect(roster.end(endpoint('a'))).toBeUndefined();
    expect(roster.update(endpoints('a')).members[0]?.inFlight).toBe(1);
    expect(roster.departing).toBe(0);
    roster.update([]);
    roster.end(endpoint('a'));
    expect(roster.departing).toBe(0);
  });

  it('takes another address for another process', () => {
    const roster = create('a');
    roster.start(endpoint('a'));
    const change = roster.update([endpoint('a', 1, 'elsewhere:1')]);
    expect(change.joined).toHaveLength(1);
    expect(change.left).toHaveLength(1);
    expect(roster.end(endpoint('a'))).toBeUndefined();
    expect(change.members[0]?.inFlight).toBe(0);
  });

  it('never counts below nothing', () => {
    expect(create('a').end(endpoint('a'))?.inFlight).toBe(0);
  });
});
