// Bytes as a hex dump.

import { BYTES_A_LINE, hexLine, hexLineCount } from "../../../lib/hex";
import { Lines } from "../../../widgets/lines";

export function HexBody({ bytes }: { bytes: Uint8Array }) {
  return (
    <Lines
      class="hex"
      label="Hex dump"
      count={hexLineCount(bytes.length)}
      widest={10 + BYTES_A_LINE * 4 + 6}
      line={(index) => {
        const { offset, left, right, text } = hexLine(bytes, index);
        return (
          <div class="line" key={index}>
            <span class="gutter">{offset}</span>
            <span class="hex-group">{left}</span>
            <span class="hex-group">{right}</span>
            <span class="hex-text">{text}</span>
          </div>
        );
      }}
    />
  );
}
