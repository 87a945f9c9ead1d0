import { isExactly } from './character.ts';
import { NONE, type Head } from './head.ts';

/** What a server's connection remembers of the request that it answers. One object a connection. */
export class ServerExchange {
  /** A request was told, and not both sides have said all. */
  isBusy = false;
  isRequestWhole = true;
  isHeadSent = false;
  isResponseWhole = true;
  /** The connection is used again afterwards. */
  keepsOpen = true;
  isHttp11 = true;
  /** The response has no content. */
  isHead = false;
  isConnect = false;
  offersUpgrade = false;
  /** The peer waits for 100 and has sent nothing yet: it may or may not send its content after another answer. */
  awaitsContinue = false;
  /** Content that was dropped after the response. */
  drainedBytes = 0;

  begin(head: Head, isRequestWhole: boolean, keepsOpen: boolean): void {
    this.isBusy = true;
    this.isRequestWhole = isRequestWhole;
    this.isHeadSent = false;
    this.isResponseWhole = false;
    this.isHttp11 = head.minor === 1;
    this.keepsOpen = keepsOpen && !head.closes && (this.isHttp11 || head.keepsAlive);
    this.isHead = isExactly(head.bytes, head.wordStart, head.wordEnd, 'HEAD');
    this.isConnect = head.form === 'authority';
    this.offersUpgrade = head.upgradeIndex !== NONE;
    this.awaitsContinue = head.expectsContinue;
    this.drainedBytes = 0;
  }
}
