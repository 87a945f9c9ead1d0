import { PREFACE } from '@portolan/http2';

/** What goes before the payload of a frame; its first three bytes are the payload's length (RFC 9113, section 4.1). */
const HEAD_BYTES = 9;

/** How many frames a client has sent. @throws Error when the last one is not whole */
export function framesIn(sent: Buffer): number {
  let frames = 0;
  let at = PREFACE.length;
  while (at + HEAD_BYTES <= sent.length) {
    at += HEAD_BYTES + sent.readUIntBE(at, 3);
    frames += 1;
  }
  if (at !== sent.length) throw new Error(`the last of ${frames} frames is not whole`);
  return frames;
}
