// A modal dialog: the browser's own, so the focus stays in it, Escape closes it, and what lies behind is inert.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export function Dialog({
  label,
  class: look = "",
  onClose,
  children,
}: {
  label: string;
  class?: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={look}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The dialog's own box is its content; a click that hits the dialog itself came down on the backdrop.
        if (event.target === event.currentTarget) {
          onClose();
        }
      }}
    >
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
