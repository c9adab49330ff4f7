// Help: the filter's language, and every key by what it is about. Shown over the page, and as a page of its own.

import { COMMANDS, type CommandInfo } from "../commands";
import { CERTIFICATE_FIELDS, CONNECTION_FIELDS, EXCHANGE_FIELDS, FILTER_GRAMMAR } from "../lib/filter";
import { Button, Key } from "../widgets/button";
import { Dialog } from "../widgets/dialog";

const GROUPS: readonly CommandInfo["group"][] = ["Go", "List", "Exchange", "Recording", "Page"];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Help" class="help-dialog" onClose={onClose}>
      <div class="dialog-head">
        <h1>Help</h1>
        <Button icon="close" title="Close (Esc)" onClick={onClose} />
      </div>
      <Keys />
      <FilterHelp />
    </Dialog>
  );
}

export function HelpView() {
  return (
    <div class="help-page" role="region" aria-label="Help" tabIndex={0}>
      <h1>Help</h1>
      <Keys />
      <FilterHelp />
    </div>
  );
}

function Keys() {
  return (
    <>
      <h2 class="help-part">Keys</h2>
      <p class="lead">
        They work whenever no text field has the focus; on a button or a link, Enter and Space are its own. Tab goes
        where it always goes.
      </p>
      <div class="key-groups">
        {GROUPS.map((group) => {
          const commands: readonly CommandInfo[] = COMMANDS.filter(
            (command) => command.group === group && command.keys.length > 0,
          );
          return (
            commands.length > 0 && (
              <section key={group}>
                <h3>{group}</h3>
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
          <h3>List with the focus</h3>
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

function FilterHelp() {
  return (
    <>
      <h2 class="help-part">Filter</h2>
      <p class="lead">
        <Key name="/" /> leads there, and what could come next is offered. Letters match in either case.
      </p>
      <div class="filter-help">
        <section>
          <h3>Terms</h3>
          <Terms of={FILTER_GRAMMAR.map(({ text, hint }) => [text, hint])} />
        </section>
        <section>
          <h3>Fields of exchanges and connections</h3>
          <Terms
            of={EXCHANGE_FIELDS.map((field) => [
              `${field.name}:`,
              CONNECTION_FIELDS.includes(field) ? field.hint : `${field.hint} (exchanges only)`,
            ])}
          />
        </section>
        <section>
          <h3>Fields of certificates</h3>
          <Terms of={CERTIFICATE_FIELDS.map((field) => [`${field.name}:`, field.hint])} />
        </section>
      </div>
    </>
  );
}

function Terms({ of }: { of: readonly (readonly [string, string])[] }) {
  return (
    <dl>
      {of.map(([text, hint]) => (
        <div key={text}>
          <dt>
            <code>{text}</code>
          </dt>
          <dd>{hint}</dd>
        </div>
      ))}
    </dl>
  );
}
