/** That the next command is not answered, and neither is this one. */
const skipReply = '*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n';

/** PUBLISH as it travels, for a connection whose driver must not expect an answer to it. */
export function unansweredPublish(channel: string, payload: string): string {
  return `${skipReply}*3\r\n$7\r\nPUBLISH\r\n${bulk(channel)}${bulk(payload)}`;
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
