/** Where h2 of Python and we part on the same bytes. */
export interface Difference {
  /** The step: its frames' types, then their payloads in hexadecimal. */
  readonly step?: RegExp;
  readonly ours: RegExp;
  readonly theirs: RegExp;
  readonly because: string;
}

const MALFORMED_MESSAGE =
  /^connection:1:(InvalidBodyLengthError|ProtocolError:(Trailers_must|Header_block_missing|Request_header_block|Connection-specific|Received_(header|pseudo|uppercase|duplicate|custom)|Invalid_(content-length|value_for_TE)|Encountered_response))/;

/** Each with its reason, in the words of `hyper-peer.py`; sections are RFC 9113's. One that no seed needs any more fails the spec. */
export const DIFFERENCES: readonly Difference[] = [
  {
    ours: /^stream:\d+:1$/,
    theirs: MALFORMED_MESSAGE,
    because: 'a malformed message is a stream error (8.1.1); h2 ends the connection',
  },
  {
    ours: /^connection:9:/,
    theirs: /^connection:1:ProtocolError:Error_decoding_header_block/,
    because: 'a block that does not decode is a COMPRESSION_ERROR (4.3); h2 says PROTOCOL_ERROR',
  },
  {
    step: /^(DATA|HEADERS|CONTINUATION)[A-Z+]* /,
    ours: /^ok$/,
    theirs: /^stream:\d+:5$/,
    because: 'what was under way to a stream that we reset is ignored (5.1); h2 resets it again',
  },
  {
    ours: /^(ok|stream:\d+:\d+)$/,
    theirs: /_in_state_ConnectionState\.CLOSED$/,
    because: "a client's GOAWAY ends none of its own streams (6.8); h2 takes nothing after it",
  },
  {
    step: /^HEADERS[A-Z+]* .*0f0d0135/,
    ours: /^stream:\d+:1$/,
    theirs: /^(ok|stream:\d+:5)$/,
    because: 'a content-length without content is malformed (8.1.1); h2 looks when DATA comes',
  },
  {
    step: /^HEADERS[A-Z+]* (.*4084f2b22da70137|(02)?(be|2c))/,
    ours: /^stream:\d+:1$/,
    theirs: /^(ok|stream:\d+:5)$/,
    because: 'trailers before the content-length is reached are malformed (8.1.1); h2 looks when DATA comes',
  },
  {
    step: /^HEADERS(\+CONTINUATION)? .*0f0d.*0f0d/,
    ours: /^stream:\d+:1$/,
    theirs: /^ok$/,
    because: 'two content-lengths are malformed (RFC 9110 8.6); h2 takes the first',
  },
  {
    step: /^HEADERS[A-Z+]* .*0a/,
    ours: /^stream:\d+:1$/,
    theirs: /^(ok|stream:\d+:5)$/,
    because: 'a line feed in a value is malformed (8.2.1); h2 takes it',
  },
  {
    step: /^HEADERS(\+CONTINUATION)? .*4184(?!1ae92a13)/,
    ours: /^stream:\d+:1$/,
    theirs: /^ok$/,
    because: 'an authority has the characters of one (8.3.1); h2 takes any',
  },
  {
    step: /^HEADERS[A-Z+]* .*40[0-9a-f]{2}(?!782d61)/,
    ours: /^stream:\d+:1$/,
    theirs: /^(ok|stream:\d+:5)$/,
    because: 'a field name is a token (RFC 9110 5.6.2); h2 takes more, as 8.2.1 lets it',
  },
  {
    step: /^HEADERS/,
    ours: /^(ok|stream:\d+:1)$/,
    theirs: /^connection:1:.*invalid_padding/,
    because: 'padding may leave an empty field block (6.2); h2 refuses it',
  },
  {
    step: /^PRIORITY /,
    ours: /^stream:\d+:6$/,
    theirs: /^connection:6:/,
    because: 'a PRIORITY that has not 5 bytes is a stream error (6.3); h2 ends the connection',
  },
  {
    step: /^RST /,
    ours: /^connection:1:.*idle$/,
    theirs: /^ok$/,
    because: 'RST_STREAM on an idle stream is a connection error (6.4); h2 ignores it',
  },
  {
    step: /^WINDOW[A-Z+]* 00000000/,
    ours: /^stream:\d+:1$/,
    theirs: /^connection:1:/,
    because: "a stream's WINDOW_UPDATE of 0 is a stream error (6.9); h2 ends the connection",
  },
  {
    step: /^WINDOW[A-Z+]* 00000000/,
    ours: /^ok$/,
    theirs: /^connection:1:/,
    because: 'WINDOW_UPDATE on a stream that is over is ignored (5.1); h2 looks at its increment before',
  },
  {
    ours: /^connection:[16]:/,
    theirs: /^connection:[16]:/,
    because: 'of two errors in one frame, its stream or type and its size, each side names another',
  },
  {
    step: /^WINDOW[A-Z+]* [89a-f]/,
    ours: /^ok$/,
    theirs: /^connection:1:/,
    because: 'the reserved bit of an increment is ignored (6.9); h2 refuses it',
  },
  {
    step: /^HEADERS/,
    ours: /^connection:5:.*is_over$/,
    theirs: /^stream:\d+:5$/,
    because: 'HEADERS on a stream that the client itself has reset may end the connection (5.1); h2 resets it again',
  },
  {
    step: /^CONTINUATION/,
    ours: /^connection:1:/,
    theirs: /^(stream:\d+|connection):5/,
    because: 'CONTINUATION without HEADERS is a PROTOCOL_ERROR (6.10); h2 looks at its stream first',
  },
  {
    step: /^PUSH /,
    ours: /^connection:1:.*PUSH_PROMISE/,
    theirs: /^ok$/,
    because: 'a PUSH_PROMISE of a client is refused when it is seen (8.4); h2 waits for its CONTINUATION',
  },
  {
    step: /^\? /,
    ours: /^ok$/,
    theirs: /^connection:/,
    because: 'ALTSVC (RFC 7838) is a frame that we do not know and ignore (5.5); h2 reads it',
  },
];
