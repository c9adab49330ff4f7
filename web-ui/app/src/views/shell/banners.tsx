// What must not be overlooked, across the page: the link is lost, the disk takes nothing, the recording rests.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { formatClock } from "../../lib/format";
import { link, retryNow, status } from "../../live";
import { Button } from "../../widgets/button";
import { Banner } from "../../widgets/state";
import { toggleRecording } from "../actions";

export function Banners() {
  const recording = status.value?.recording;
  return (
    <div class="banners">
      {link.value.state === "lost" && <LinkLost since={link.value.since} retryAt={link.value.retryAt} />}
      {recording?.state === "stopped" && (
        <Banner tone="bad">
          <span>
            <strong>Recording has stopped</strong> since {formatClock(recording.since)}:{" "}
            {recording.reason ?? "the disk takes nothing more"}. Traffic goes on, and what passes now is not kept. It
            resumes by itself.
          </span>
        </Banner>
      )}
      {recording?.state === "paused" && (
        <Banner tone="warn">
          <span>
            <strong>Recording is paused</strong> since {formatClock(recording.since)}. Traffic passes, and what begins
            now is not kept.
          </span>
          <Button kind="warn" onClick={() => void toggleRecording()}>
            Resume
          </Button>
        </Banner>
      )}
    </div>
  );
}

function LinkLost({ since, retryAt }: { since: number; retryAt: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((retryAt - now.value) / 1000);
  return (
    <Banner tone="bad">
      <span>
        <strong>The link to Handlens is lost</strong> since {formatClock(new Date(since).toISOString())}. What is shown
        may be out of date.
        {/* A countdown read aloud would drown everything else. */}
        <span aria-hidden="true"> {seconds > 0 ? `Next try in ${seconds} s.` : "Trying …"}</span>
      </span>
      <Button kind="bad" icon="retry" onClick={retryNow}>
        Try now
      </Button>
    </Banner>
  );
}
