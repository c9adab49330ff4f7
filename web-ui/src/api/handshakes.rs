//! `/api/connections/ID/handshake`: both handshakes of a connection, dissected now, by what the dissector knows
//! today.

use axum::extract::State;
use capture::{Connection, Decision, Handshakes, LegName, Outcome, TlsRole};
use handshake::{Comparison, Ending, Parties};
use serde::Deserialize;
use utoipa::IntoParams;

use super::connections::not_held;
use super::model::{ConnectionHandshake, LegHandshake, Problem, Resumes, Step};
use super::under_way::UnderWay;
use super::{Json, Params, PathId};
use crate::shared::App;

/// How much is asked of the handshakes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Depth {
    /// `0`: fields have no words (`text` and `rfc` are null), certificates are told by their size, and signatures are not
    /// checked (`verified` is null where a message is signed). All of that costs more than the rest, so the dashboard asks
    /// for it when a message is opened.
    full: Option<u8>,
}

/// Both handshakes of a connection, message by message
#[utoipa::path(get, path = "", tag = "connections",
    params(("id" = String, Path, description = "The connection"), Depth),
    responses(
        (status = 200, body = ConnectionHandshake),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_handshake(
    State(shared): App,
    PathId(id): PathId,
    Params(depth): Params<Depth>,
) -> Result<Json<ConnectionHandshake>, Problem> {
    let in_full = depth.full != Some(0);
    let under_way = UnderWay::of(&shared, id);
    let found = shared
        .read(move |store| {
            let kept = store.connection(id)?.map(|(_, connection)| connection);
            let Some(connection) = under_way.latest(kept) else {
                return Ok(None);
            };
            let handshakes = under_way.completed(store.handshakes(id)?);
            Ok(Some(tell(&connection, handshakes, in_full)))
        })
        .await?;
    found
        .map_err(|error: capture::ReadError| error.into())
        .and_then(|told| told.map(Json).ok_or_else(|| not_held(id)))
}

fn tell(connection: &Connection, handshakes: Handshakes, in_full: bool) -> ConnectionHandshake {
    let passed = connection.outcome == Some(Outcome::Passed);
    let parties = if passed {
        Parties::PASSED
    } else {
        Parties::CLIENT_LEG
    };
    let Handshakes { client, origin } = handshakes;
    let mut steps = Vec::new();
    for (leg, handshake) in [(LegName::Client, &client), (LegName::Origin, &origin)] {
        let of_leg = handshake.iter().flat_map(|handshake| &handshake.steps);
        steps.extend(of_leg.map(|step| Step::of(leg, step)));
    }
    steps.sort_by_key(|step| step.start_us);
    let resumes =
        |handshake: &Option<capture::LegHandshake>| handshake.as_ref()?.resumes.map(|id| id.to_string());
    let resumes = Resumes {
        client: resumes(&client),
        origin: resumes(&origin),
    };
    let dissected = |handshake: Option<capture::LegHandshake>, name, parties, leg: &capture::Leg| {
        let address = leg.address.map(|address| address.to_string());
        let handshake = handshake?;
        let mut told = LegHandshake::dissect(&handshake, parties, address)?;
        if in_full {
            told.handshake.tell_in_full(parties);
        }
        let failed = connection
            .failure
            .as_ref()
            .is_some_and(|failure| failure.leg == name);
        let seen = handshake.ending.map(|ending| told_of(ending, parties));
        if let Some(ending) = seen.or(failed.then_some(Ending::Unseen))
            && told.handshake.failure.is_none()
        {
            told.handshake.tell_ending(parties, ending);
        }
        Some(told)
    };
    let client = dissected(client, LegName::Client, parties, &connection.client);
    let origin = dissected(origin, LegName::Origin, Parties::ORIGIN_LEG, &connection.origin);
    ConnectionHandshake {
        opened: connection.opened.to_string(),
        comparison: compare(connection, client.as_ref(), origin.as_ref()),
        client,
        origin,
        steps,
        resumes,
    }
}

/// The ending in the words of the crate that reads handshakes.
fn told_of(ending: capture::Ending, parties: Parties) -> Ending {
    let party = |role| match role {
        TlsRole::Client => parties.client,
        TlsRole::Server => parties.server,
    };
    match ending {
        capture::Ending::Closed(by) => Ending::Closed(party(by)),
        capture::Ending::Reset(by) => Ending::Reset(party(by)),
        capture::Ending::Silence { from, .. } => Ending::Silent(party(from)),
        capture::Ending::Stopped => Ending::Unseen,
    }
}

/// What the proxy changed. Of TLS that was passed through there is but one leg.
fn compare(
    connection: &Connection,
    client: Option<&LegHandshake>,
    origin: Option<&LegHandshake>,
) -> Option<Comparison> {
    let mut comparison = handshake::compare(&client?.handshake, &origin?.handshake)?;
    let verdict = connection.verdict.as_ref();
    if verdict.is_some_and(|verdict| verdict.decision == Decision::Overridden) {
        comparison.masking.add_override();
    }
    Some(comparison)
}
