// A raster image, as the browser draws it. Drawings that could run something (SVG) are shown as text instead.

import { useSignal } from "@preact/signals";

import { bodyUrl, type Side } from "../../../api";
import { Notice } from "../../../widgets/state";

export function ImageBody({ id, side, type }: { id: string; side: Side; type: string }) {
  const told = useSignal<{ width: number; height: number } | "broken" | null>(null);
  const measured = told.value;
  if (measured === "broken") {
    return (
      <Notice tone="warn" title="The browser can't draw this">
        It says that it is {type}. Look at it as hex, or download it.
      </Notice>
    );
  }
  return (
    <figure class="image-body">
      <img
        src={bodyUrl(id, side, "image")}
        alt="The body as an image"
        onLoad={(event) => {
          const { naturalWidth: width, naturalHeight: height } = event.currentTarget as HTMLImageElement;
          told.value = { width, height };
        }}
        onError={() => {
          told.value = "broken";
        }}
      />
      <figcaption>
        {type}
        {measured && ` · ${measured.width} × ${measured.height}`}
      </figcaption>
    </figure>
  );
}
