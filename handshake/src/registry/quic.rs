//! QUIC's transport parameters, which QUIC puts into the hello (RFC 9000 section 18, RFC 9001 section 8.2).

use std::borrow::Cow;

/// Whether a number is kept free of meaning (RFC 9000 section 18.1).
#[must_use]
pub fn is_quic_grease(number: u64) -> bool {
    number >= 27 && (number - 27).is_multiple_of(31)
}

/// A transport parameter: `max_idle_timeout`.
#[must_use]
pub fn quic_transport_parameter(number: u64) -> Cow<'static, str> {
    let name = match number {
        0x00 => "original_destination_connection_id",
        0x01 => "max_idle_timeout",
        0x02 => "stateless_reset_token",
        0x03 => "max_udp_payload_size",
        0x04 => "initial_max_data",
        0x05 => "initial_max_stream_data_bidi_local",
        0x06 => "initial_max_stream_data_bidi_remote",
        0x07 => "initial_max_stream_data_uni",
        0x08 => "initial_max_streams_bidi",
        0x09 => "initial_max_streams_uni",
        0x0a => "ack_delay_exponent",
        0x0b => "max_ack_delay",
        0x0c => "disable_active_migration",
        0x0d => "preferred_address",
        0x0e => "active_connection_id_limit",
        0x0f => "initial_source_connection_id",
        0x10 => "retry_source_connection_id",
        0x11 => "version_information",
        0x20 => "max_datagram_frame_size",
        0x173e => "discard",
        0x26ab => "google_handshake_message",
        0x2ab2 => "grease_quic_bit",
        0x3127 => "google_initial_rtt",
        0x3128 => "google_connection_options",
        0x3129 => "google_user_agent",
        0x4752 => "google_version",
        0xff04_de1b => "min_ack_delay",
        other if is_quic_grease(other) => "GREASE",
        other => return format!("0x{other:x}").into(),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_names() {
        assert_eq!(quic_transport_parameter(4), "initial_max_data");
        assert_eq!(quic_transport_parameter(27 + 31 * 5), "GREASE");
        assert_eq!(quic_transport_parameter(0x7777), "0x7777");
    }
}
