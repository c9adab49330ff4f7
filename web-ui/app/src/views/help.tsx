// Help: every key, by what it is about. Shown over the page, and as a page of its own.

import { COMMANDS, type CommandInfo } from "../commands";
import { Button, Key } from "../widgets/button";
import { Dialog } from "../widgets/dialog";

const GROUPS: readonly CommandInfo["group"][] = ["Go", "List", "Exchange", "Recording", "Page"];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Help" class="help-dialog" onClose={onClose}>
      <div class="dialog-head">
        <h1>Keys</h1>
        <Button icon="close" title="Close (Esc)" onClick={onClose} />
      </div>
      <Keys />
    </Dialog>
  );
}

export function HelpView() {
  return (
    <div class="help-page">
      <h1>Keys</h1>
      <Keys />
    </div>
  );
}

function Keys() {
  return (
    <>
      <p class="lead">They work whenever no text field has the focus. Tab goes where it always goes.</p>
      <div class="key-groups">
        {GROUPS.map((group) => {
          const commands: readonly CommandInfo[] = COMMANDS.filter(
            (command) => command.group === group && command.keys.length > 0,
          );
          return (
            commands.length > 0 && (
              <section key={group}>
                <h2>{group}</h2>
                <dl>
                  {commands.map(({ id, title, keys }) => (
                    <div key={id}>
                      <dt>
                        {keys.map((key) => (
                          <Key key={key} name={key} />
                        ))}
                      </dt>
                      <dd>{title}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            )
          );
        })}
        <section>
          <h2>List with the focus</h2>
          <dl>
            <div>
              <dt>
                <Key name="Home" />
                <Key name="End" />
              </dt>
              <dd>First and last row</dd>
            </div>
            <div>
              <dt>
                <Key name="PageUp" />
                <Key name="PageDown" />
              </dt>
              <dd>A screen up or down</dd>
            </div>
            <div>
              <dt>
                <Key name="Shift+←" />
                <Key name="Shift+→" />
              </dt>
              <dd>On a column's head: narrower, wider</dd>
            </div>
          </dl>
        </section>
      </div>
    </>
  );
}
