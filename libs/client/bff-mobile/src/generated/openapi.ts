// Generated from openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Several screens in one round trip. */
        post: operations["batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/home": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The first screen: categories and the newest products. */
        get: operations["getHome"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The development login: believes every name. */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The orders of who is logged in. */
        get: operations["listOrders"];
        put?: never;
        /** Places an order, once however often it is sent. */
        post: operations["placeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One order of who is logged in. */
        get: operations["getOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Places the orders that were made offline, each once however often they are sent. */
        post: operations["replayOrders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search and list. */
        get: operations["listProducts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A product. */
        get: operations["getProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The catalogue, or what changed of it since the last time. */
        get: operations["syncCatalogue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Batch: {
            requests: {
                id: string;
                /** @description The ETag of what the app has: answered 304 when it is the same. */
                ifNoneMatch?: string;
                /**
                 * @description Of a screen, with its query.
                 * @example /v1/products/1?fields=name,price
                 */
                path: string;
            }[];
        };
        BatchAnswer: {
            /** @description As the screen alone would be answered; a problem from 400 on. */
            body?: {
                [key: string]: unknown;
            };
            etag?: string;
            id: string;
            status: number;
        };
        BatchAnswers: {
            answers: components["schemas"]["BatchAnswer"][];
        };
        Card: {
            id: string;
            name: string;
            /** @description In the smallest unit of the currency: 1999 of EUR is €19.99. */
            price: number;
            /** @description On average; absent while nobody has reviewed the product. */
            stars?: number;
            /**
             * @description in, low: fewer than 5, or out of stock.
             * @enum {string}
             */
            stock?: "in" | "low" | "out";
        };
        Category: {
            name: string;
            products: number;
        };
        FieldProblem: {
            detail: string;
            /**
             * @description Which query parameter, header or part of the path.
             * @example sort
             */
            parameter?: string;
            /**
             * @description Where in the body: a JSON Pointer (RFC 6901).
             * @example /lines/0/quantity
             */
            pointer?: string;
        };
        Line: {
            name: string;
            productId: string;
            quantity: number;
        };
        LoginRequest: {
            /**
             * @description Any name: the development login asks for no password.
             * @example ada
             */
            user: string;
        };
        Order: {
            /**
             * @description ISO 4217; of every price in the answer.
             * @example EUR
             */
            currency: string;
            id: string;
            lines: components["schemas"]["Line"][];
            /**
             * Format: date-time
             * @example 2026-03-01T09:30:00.000Z
             */
            placedAt: string;
            /**
             * @description It goes from left to right.
             * @enum {string}
             */
            status: "placed" | "packed" | "shipped";
            /** @description In the smallest unit of the currency: 1999 of EUR is €19.99. */
            total: number;
        };
        OrderRequest: {
            /** @description A product occurs once. */
            lines: {
                productId: string;
                quantity: number;
            }[];
        };
        Problem: {
            /** @description What the app has to be at least. */
            appVersionMin?: string;
            /**
             * @description Stable: programs decide by it.
             * @example HTTP_BAD_REQUEST
             */
            code: string;
            /** @description What happened this time. */
            detail: string;
            /** @description Each thing that is wrong with the request. */
            errors?: components["schemas"]["FieldProblem"][];
            /** @description What the caller can do. */
            fix: string;
            /** @description The path of the request. */
            instance: string;
            /** @description Of which product there is too little, when an order meets no stock. */
            shortages?: components["schemas"]["Shortage"][];
            status: number;
            /** @description The class of problem, the same text every time. */
            title: string;
            /** @description Finds this request in the logs of every service it reached. */
            traceId: string;
            /**
             * @description One URI per `code`.
             * @example urn:portolan:problem:http-bad-request
             */
            type: string;
        };
        Refusal: {
            code: string;
            detail: string;
            fix: string;
        };
        Replay: {
            /** @description In the order in which they were made. */
            orders: {
                /**
                 * @description Chosen by the client, a UUID say: the same key and body again is the same order, never a second one.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                key: string;
                /** @description A product occurs once. */
                lines: {
                    productId: string;
                    quantity: number;
                }[];
            }[];
        };
        ReplayResult: {
            key: string;
            order?: components["schemas"]["Order"];
            /**
             * @description placed: also when it was before. refused: forget it. retry: send it again, under the same key.
             * @enum {string}
             */
            outcome: "placed" | "refused" | "retry";
            problem?: components["schemas"]["Refusal"];
        };
        ReplayResults: {
            results: components["schemas"]["ReplayResult"][];
        };
        ReviewLine: {
            by: string;
            stars: number;
            title: string;
        };
        Session: {
            /**
             * Format: date-time
             * @example 2026-03-01T09:30:00.000Z
             */
            expiresAt: string;
            /** @description For `Authorization: Bearer`; a browser has the same in its cookie and need not keep it. */
            token: string;
            user: string;
        };
        Shortage: {
            available: number;
            productId: string;
            requested: number;
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
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    batch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Batch"];
            };
        };
        responses: {
            /** @description An answer each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswers"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 100 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A field of the body is wrong, or the key was used with another body. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHome: {
        parameters: {
            query?: {
                /** @description Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all. */
                fields?: string;
            };
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The screen; `missing` names what could not be had. */
            200: {
                headers: {
                    /** @description Strong. Send it as If-None-Match: 304 when nothing changed. */
                    ETag?: string;
                    /** @description The instances that took part. */
                    "Portolan-Served-By"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        categories?: components["schemas"]["Category"][];
                        /**
                         * @description ISO 4217; of every price in the answer.
                         * @example EUR
                         */
                        currency?: string;
                        /** @description The newest products. */
                        items?: components["schemas"]["Card"][];
                        /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
                        missing?: string[];
                    };
                };
            };
            /** @description The app has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is somebody else’s. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 100 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A field of the body is wrong, or the key was used with another body. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOrders: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before, with the same other parameters. Absent: the first page. */
                cursor?: string;
                /** @description Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all. */
                fields?: string;
                /** @description Items on one page. */
                limit?: number;
            };
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The screen; `missing` names what could not be had. */
            200: {
                headers: {
                    /** @description Strong. Send it as If-None-Match: 304 when nothing changed. */
                    ETag?: string;
                    /** @description The instances that took part. */
                    "Portolan-Served-By"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        items?: components["schemas"]["Order"][];
                        /** @description Give it as `cursor` for the next page. Not there on the last one. */
                        next?: string;
                    };
                };
            };
            /** @description The app has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header: {
                /** @description Chosen by the client, a UUID say: the same key and body again is the same order, never a second one. */
                "Idempotency-Key": string;
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderRequest"];
            };
        };
        responses: {
            /** @description The order; the same for the same key and body. */
            201: {
                headers: {
                    /** @description Where the order is. */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: too little stock (`shortages` says of what), or the same key is being worked on. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 100 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A field of the body is wrong, or the key was used with another body. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOrder: {
        parameters: {
            query?: {
                /** @description Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all. */
                fields?: string;
            };
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The screen; `missing` names what could not be had. */
            200: {
                headers: {
                    /** @description Strong. Send it as If-None-Match: 304 when nothing changed. */
                    ETag?: string;
                    /** @description The instances that took part. */
                    "Portolan-Served-By"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description ISO 4217; of every price in the answer.
                         * @example EUR
                         */
                        currency?: string;
                        id?: string;
                        lines?: components["schemas"]["Line"][];
                        /**
                         * Format: date-time
                         * @example 2026-03-01T09:30:00.000Z
                         */
                        placedAt?: string;
                        /**
                         * @description It goes from left to right.
                         * @enum {string}
                         */
                        status?: "placed" | "packed" | "shipped";
                        /** @description In the smallest unit of the currency: 1999 of EUR is €19.99. */
                        total?: number;
                    };
                };
            };
            /** @description The app has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is somebody else’s. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayOrders: {
        parameters: {
            query?: never;
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Replay"];
            };
        };
        responses: {
            /** @description What became of each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayResults"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no session. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 100 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A field of the body is wrong, or the key was used with another body. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProducts: {
        parameters: {
            query?: {
                /** @description Only this category, by its name on the home page. */
                category?: string;
                /** @description `nextCursor` of the page before, with the same other parameters. Absent: the first page. */
                cursor?: string;
                /** @description Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all. */
                fields?: string;
                /** @description Items on one page. */
                limit?: number;
                /** @description Words that must all occur in name, brand, category, description or tags. */
                q?: string;
                /** @description relevance: best match first for words, otherwise newest first. */
                sort?: "relevance" | "name" | "price-ascending" | "price-descending" | "newest";
            };
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The screen; `missing` names what could not be had. */
            200: {
                headers: {
                    /** @description Strong. Send it as If-None-Match: 304 when nothing changed. */
                    ETag?: string;
                    /** @description The instances that took part. */
                    "Portolan-Served-By"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description ISO 4217; of every price in the answer.
                         * @example EUR
                         */
                        currency?: string;
                        items?: components["schemas"]["Card"][];
                        /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
                        missing?: string[];
                        /** @description Give it as `cursor` for the next page. Not there on the last one. */
                        next?: string;
                        /** @description How many products match, on all pages. */
                        total?: number;
                    };
                };
            };
            /** @description The app has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProduct: {
        parameters: {
            query?: {
                /** @description Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all. */
                fields?: string;
            };
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The screen; `missing` names what could not be had. */
            200: {
                headers: {
                    /** @description Strong. Send it as If-None-Match: 304 when nothing changed. */
                    ETag?: string;
                    /** @description The instances that took part. */
                    "Portolan-Served-By"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        brand?: string;
                        /**
                         * @description ISO 4217; of every price in the answer.
                         * @example EUR
                         */
                        currency?: string;
                        id?: string;
                        /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
                        missing?: string[];
                        name?: string;
                        /** @description In the smallest unit of the currency: 1999 of EUR is €19.99. */
                        price?: number;
                        reviewCount?: number;
                        /** @description The newest three. */
                        reviews?: components["schemas"]["ReviewLine"][];
                        /** @description On average; absent while nobody has reviewed the product. */
                        stars?: number;
                        /**
                         * @description in, low: fewer than 5, or out of stock.
                         * @enum {string}
                         */
                        stock?: "in" | "low" | "out";
                        text?: string;
                    };
                };
            };
            /** @description The app has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is somebody else’s. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    syncCatalogue: {
        parameters: {
            query?: {
                /** @description Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all. */
                fields?: string;
                /** @description `token` of the answer before. Absent: everything. */
                since?: string;
            };
            header?: {
                /** @description Of the app that asks, as Semantic Versioning has it. */
                "X-App-Version"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The screen; `missing` names what could not be had. */
            200: {
                headers: {
                    /** @description Strong. Send it as If-None-Match: 304 when nothing changed. */
                    ETag?: string;
                    /** @description The instances that took part. */
                    "Portolan-Served-By"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description ISO 4217; of every price in the answer.
                         * @example EUR
                         */
                        currency?: string;
                        /** @description Tombstones: ids of products that are no longer sold. */
                        gone?: string[];
                        /** @description New and changed products, whole. */
                        items?: components["schemas"]["Card"][];
                        /** @description The parts that could not be had just now; their fields are absent. Not there when the answer is whole. */
                        missing?: string[];
                        /** @description Forget everything before: `items` is all there is. */
                        reset?: boolean;
                        /** @description Give it as `since` next time. Not there when an answer from nothing is partial: ask from nothing again. */
                        token?: string;
                    };
                };
            };
            /** @description The app has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The app is too old; `appVersionMin` says what it has to be. */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests from this client; see Retry-After. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service failed. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service cannot be reached; see Retry-After. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A required service did not answer before the deadline. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
