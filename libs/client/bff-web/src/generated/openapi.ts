// Generated from openapi.json by `npm run generate`. Do not edit.

export interface paths {
    readonly "/home": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The home page. */
        readonly get: operations["getHome"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/login": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** The development login: believes every name. */
        readonly post: operations["login"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/logout": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Takes the cookie back. */
        readonly post: operations["logout"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This document. */
        readonly get: operations["getOpenApi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/orders": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The orders of who is logged in. */
        readonly get: operations["listOrders"];
        readonly put?: never;
        /** Places an order, once however often it is sent. */
        readonly post: operations["placeOrder"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/orders/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One order of who is logged in. */
        readonly get: operations["getOrder"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/products": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Search and list. */
        readonly get: operations["listProducts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/products/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A product page. */
        readonly get: operations["getProduct"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly Category: {
            readonly name: string;
            /** @description How many are in it. */
            readonly products: number;
        };
        readonly FieldProblem: {
            readonly detail: string;
            /**
             * @description Which query parameter, header or part of the path.
             * @example sort
             */
            readonly parameter?: string;
            /**
             * @description Where in the body: a JSON Pointer (RFC 6901).
             * @example /lines/0/quantity
             */
            readonly pointer?: string;
        };
        readonly Home: {
            readonly categories: readonly components["schemas"]["Category"][];
            /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
            readonly missing?: readonly string[];
            /** @description The eight newest products. */
            readonly newest: readonly components["schemas"]["ProductCard"][];
        };
        readonly LoginRequest: {
            /**
             * @description Any name: the development login asks for no password.
             * @example ada
             */
            readonly user: string;
        };
        readonly Money: {
            /**
             * @description In the smallest unit of the currency: 1999 of EUR is €19.99.
             * @example 1999
             */
            readonly amountMinor: number;
            /**
             * @description ISO 4217.
             * @example EUR
             */
            readonly currency: string;
        };
        readonly Order: {
            readonly id: string;
            readonly lines: readonly components["schemas"]["OrderLine"][];
            /**
             * Format: date-time
             * @example 2026-03-01T09:30:00.000Z
             */
            readonly placedAt: string;
            /** @enum {string} */
            readonly status: "placed";
            readonly total: components["schemas"]["Money"];
        };
        readonly OrderLine: {
            readonly name: string;
            readonly productId: string;
            readonly quantity: number;
            readonly unitPrice: components["schemas"]["Money"];
        };
        readonly OrderList: {
            /** @description Newest first. */
            readonly items: readonly components["schemas"]["Order"][];
            /** @description Give it as `cursor` for the next page. Not there on the last one. */
            readonly nextCursor?: string;
        };
        readonly OrderRequest: {
            /** @description A product occurs once. */
            readonly lines: readonly {
                readonly productId: string;
                readonly quantity: number;
            }[];
        };
        readonly Problem: {
            /**
             * @description Stable: programs decide by it.
             * @example BFF_WEB_BAD_REQUEST
             */
            readonly code: string;
            /** @description What happened this time. */
            readonly detail: string;
            /** @description Each thing that is wrong with the request. */
            readonly errors?: readonly components["schemas"]["FieldProblem"][];
            /** @description What the caller can do. */
            readonly fix: string;
            /** @description The path of the request. */
            readonly instance: string;
            /** @description Of which product there is too little, when an order meets no stock. */
            readonly shortages?: readonly components["schemas"]["Shortage"][];
            readonly status: number;
            /** @description The class of problem, the same text every time. */
            readonly title: string;
            /** @description Finds this request in the logs of every service it reached. */
            readonly traceId: string;
            /**
             * @description One URI per `code`.
             * @example urn:portolan:problem:bff-web-bad-request
             */
            readonly type: string;
        };
        readonly ProductCard: {
            readonly brand: string;
            readonly category: string;
            readonly id: string;
            readonly name: string;
            readonly price: components["schemas"]["Money"];
            readonly rating?: components["schemas"]["Rating"];
            readonly stock?: components["schemas"]["Stock"];
        };
        readonly ProductList: {
            readonly items: readonly components["schemas"]["ProductCard"][];
            /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
            readonly missing?: readonly string[];
            /** @description Give it as `cursor` for the next page. Not there on the last one. */
            readonly nextCursor?: string;
            /** @description How many products match, on all pages. */
            readonly total: number;
        };
        readonly ProductPage: {
            readonly brand: string;
            readonly category: string;
            readonly description: string;
            readonly id: string;
            /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
            readonly missing?: readonly string[];
            readonly name: string;
            readonly price: components["schemas"]["Money"];
            readonly rating?: components["schemas"]["Rating"];
            /**
             * Format: date-time
             * @example 2026-03-01T09:30:00.000Z
             */
            readonly releasedAt: string;
            /** @description The newest ten. */
            readonly reviews?: readonly components["schemas"]["Review"][];
            readonly stock?: components["schemas"]["Stock"];
            readonly tags: readonly string[];
        };
        readonly Rating: {
            /** @description Stars; null while nobody has reviewed the product. */
            readonly average: number | null;
            readonly count: number;
        };
        readonly Review: {
            readonly author: string;
            readonly id: string;
            readonly stars: number;
            readonly text: string;
            readonly title: string;
            /**
             * Format: date-time
             * @example 2026-03-01T09:30:00.000Z
             */
            readonly writtenAt: string;
        };
        readonly Session: {
            /**
             * Format: date-time
             * @example 2026-03-01T09:30:00.000Z
             */
            readonly expiresAt: string;
            /** @description For `Authorization: Bearer`; a browser has the same in its cookie and need not keep it. */
            readonly token: string;
            readonly user: string;
        };
        readonly Shortage: {
            readonly available: number;
            readonly productId: string;
            readonly requested: number;
        };
        readonly Stock: {
            /** @description Pieces that can be ordered now. */
            readonly available: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly getHome: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page; `missing` names what could not be had. */
            readonly 200: {
                headers: {
                    /** @description The instances that took part. */
                    readonly "Portolan-Served-By"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Home"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly login: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LoginRequest"];
            };
        };
        readonly responses: {
            /** @description The session, also as a cookie. */
            readonly 200: {
                headers: {
                    /** @description HttpOnly, SameSite=Strict. */
                    readonly "Set-Cookie": string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Session"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The header X-Portolan-Csrf is missing. */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is somebody else’s. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 100 KB. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A field of the body is wrong, or the key was used with another body. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly logout: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Done. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The header X-Portolan-Csrf is missing. */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getOpenApi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OpenAPI 3.1. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly openapi: string;
                    } & {
                        readonly [key: string]: unknown;
                    };
                };
            };
        };
    };
    readonly listOrders: {
        readonly parameters: {
            readonly query?: {
                /** @description `nextCursor` of the page before, with the same other parameters. Absent: the first page. */
                readonly cursor?: string;
                /** @description Items on one page. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page of the list. */
            readonly 200: {
                headers: {
                    /** @description The instances that took part. */
                    readonly "Portolan-Served-By"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OrderList"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly placeOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description Chosen by the client, a UUID say: the same key and body again is the same order, never a second one. */
                readonly "Idempotency-Key": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["OrderRequest"];
            };
        };
        readonly responses: {
            /** @description The order; the same for the same key and body. */
            readonly 201: {
                headers: {
                    /** @description Where the order is. */
                    readonly Location: string;
                    /** @description The instances that took part. */
                    readonly "Portolan-Served-By"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The header X-Portolan-Csrf is missing. */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: too little stock (`shortages` says of what), or the same key is being worked on. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 100 KB. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A field of the body is wrong, or the key was used with another body. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The order. */
            readonly 200: {
                headers: {
                    /** @description The instances that took part. */
                    readonly "Portolan-Served-By"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is somebody else’s. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listProducts: {
        readonly parameters: {
            readonly query?: {
                /** @description Only this category, by its name on the home page. */
                readonly category?: string;
                /** @description `nextCursor` of the page before, with the same other parameters. Absent: the first page. */
                readonly cursor?: string;
                /** @description Items on one page. */
                readonly limit?: number;
                /** @description Words that must all occur in name, brand, category, description or tags. */
                readonly q?: string;
                /** @description relevance: best match first for words, otherwise newest first. */
                readonly sort?: "relevance" | "name" | "price-ascending" | "price-descending" | "newest";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page of the list. */
            readonly 200: {
                headers: {
                    /** @description The instances that took part. */
                    readonly "Portolan-Served-By"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProductList"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getProduct: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page; `missing` names what could not be had. */
            readonly 200: {
                headers: {
                    /** @description The instances that took part. */
                    readonly "Portolan-Served-By"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProductPage"];
                };
            };
            /** @description The request cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is somebody else’s. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
