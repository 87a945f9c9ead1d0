"""The hyper project's h2 and hpack on stdin and stdout: one line a question, one line an answer, words apart by spaces.

  decode SIZE:BLOCK …          → TABLE:FIELDS or error:CLASS for each, until the first error
  encode SIZE:HUFFMAN:FIELDS … → TABLE:BLOCK for each
  serve  BYTES|ACTION:STREAM … → ok, stream:ID:CODE or connection:CODE:CLASS:MESSAGE for each, until the last kind

SIZE is a number or - for no change; BLOCK, BYTES, names and values are hexadecimal; FIELDS are NAME=VALUE with commas, and an
s= before those that must never be indexed. ACTION is respond or reset.
"""

import sys

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import hpack
from hyperframe.frame import Frame, RstStreamFrame


def fields_of(text):
    fields = []
    for word in filter(None, text.split(",")):
        parts = word.split("=")
        secret = parts[0] == "s"
        name, value = parts[1:] if secret else parts
        kind = hpack.NeverIndexedHeaderTuple if secret else hpack.HeaderTuple
        fields.append(kind(bytes.fromhex(name), bytes.fromhex(value)))
    return fields


def decode(words):
    decoder = hpack.Decoder()
    for word in words:
        size, block = word.split(":")
        if size != "-":
            decoder.max_allowed_table_size = int(size)
        try:
            fields = decoder.decode(bytes.fromhex(block), raw=True)
        except hpack.HPACKError as error:
            yield f"error:{type(error).__name__}"
            return
        text = ",".join(f"{bytes(name).hex()}={bytes(value).hex()}" for name, value in fields)
        yield f"{decoder.header_table._current_size}:{text}"


def encode(words):
    encoder = hpack.Encoder()
    for word in words:
        sizes, huffman, fields = word.split(":")
        for size in filter(None, sizes.replace("-", "").split("+")):
            encoder.header_table_size = int(size)
        block = encoder.encode(fields_of(fields), huffman=huffman == "1")
        yield f"{encoder.header_table._current_size}:{block.hex()}"


def resets_in(data):
    """What RST_STREAM frames a piece of output holds."""
    while data:
        frame, length = Frame.parse_frame_header(memoryview(data[:9]))
        frame.parse_body(memoryview(data[9 : 9 + length]))
        if isinstance(frame, RstStreamFrame):
            yield frame
        data = data[9 + length :]


def act(connection, action, stream):
    try:
        if action == "respond":
            connection.send_headers(stream, [(":status", "200")], end_stream=True)
        else:
            connection.reset_stream(stream, error_code=8)
    except h2.exceptions.ProtocolError:
        pass  # The stream is over, or was never begun: our side does nothing then.


def serve(words):
    config = h2.config.H2Configuration(client_side=False, header_encoding=None)
    connection = h2.connection.H2Connection(config=config)
    connection.initiate_connection()
    connection.data_to_send()
    for word in words:
        if ":" in word:
            action, stream = word.split(":")
            act(connection, action, int(stream))
            connection.data_to_send()
            yield "ok"
            continue
        try:
            connection.receive_data(bytes.fromhex(word))
        except h2.exceptions.ProtocolError as error:
            text = str(error).replace(" ", "_")
            yield f"connection:{int(error.error_code)}:{type(error).__name__}:{text}"
            return
        except Exception as error:  # A bug of theirs is an answer too.
            yield f"connection:-1:{type(error).__name__}:{str(error).replace(' ', '_')}"
            return
        resets = list(resets_in(connection.data_to_send()))
        yield f"stream:{resets[0].stream_id}:{resets[0].error_code}" if resets else "ok"


ANSWERS = {"decode": decode, "encode": encode, "serve": serve}
for line in sys.stdin:
    question, *words = line.split()
    print(" ".join(ANSWERS[question](words)).replace("\n", "_"), flush=True)
