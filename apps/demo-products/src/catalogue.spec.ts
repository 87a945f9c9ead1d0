import { CATALOGUE_SEED, createCatalogue, PRODUCTS } from './catalogue.ts';

const catalogue = createCatalogue(CATALOGUE_SEED);

describe('the catalogue', () => {
  it('has products "1" to "300", the same in every instance', () => {
    expect(catalogue.map(({ id }) => id)).toEqual(Array.from({ length: PRODUCTS }, (_, index) => `${index + 1}`));
    expect(createCatalogue(CATALOGUE_SEED)).toEqual(catalogue);
    expect(createCatalogue(CATALOGUE_SEED + 1)).not.toEqual(catalogue);
  });

  it('gives no name twice in a category, and something of everything', () => {
    const names = new Set(catalogue.map(({ category, name }) => `${category}: ${name}`));
    expect(names.size).toBe(PRODUCTS);
    expect(new Set(catalogue.map(({ category }) => category)).size).toBe(13);
    expect(new Set(catalogue.map(({ brand }) => brand)).size).toBeGreaterThan(30);
  });

  it.each(catalogue.slice(0, 24))('$id $name could stand in a shop window', (product) => {
    expect(product.priceMinor).toBeGreaterThanOrEqual(8_00);
    expect(product.priceMinor).toBeLessThanOrEqual(900_00);
    expect(new Date(product.releasedAt).toISOString()).toMatch(/^20(19|2[0-4])-..-..T00:00:00.000Z$/);
    expect(product.description.split('. ')).toHaveLength(3);
    expect(new Set(product.tags).size).toBeGreaterThanOrEqual(3);
  });

  it('keeps its first product: examples and screenshots name it', () => {
    expect(catalogue[0]).toMatchInlineSnapshot(`
      {
        "brand": "Halden Audio",
        "category": "Headphones",
        "description": "Closed headphones for long journeys and open offices. Charges by USB-C, ten minutes for three hours. Comes in a hard case made of recycled bottles.",
        "id": "1",
        "name": "Isla Over-Ear Headphones",
        "priceMinor": 14990,
        "releasedAt": 1676160000000,
        "tags": [
          "over-ear",
          "bluetooth",
          "fast-charge",
          "recycled",
        ],
      }
    `);
  });
});
