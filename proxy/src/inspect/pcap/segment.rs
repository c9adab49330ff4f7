//! A packet's TCP segment.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};

/// A TCP segment and between whom it passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    pub(super) syn: bool,
    pub(super) ack: bool,
    pub(super) payload: &'a [u8],
}

/// The segment in a packet of this link type (tcpdump's registry of them); `None` when it holds no whole TCP header.
pub(super) fn segment_of(link: i32, bytes: &[u8]) -> Option<Segment<'_>> {
    let packet = match link {
        // Ethernet.
        1 => LaxSlicedPacket::from_ethernet(bytes).ok()?,
        // A family in four bytes, of either order, before the IP packet: BSD's and OpenBSD's loopback.
        0 | 108 => LaxSlicedPacket::from_ip(bytes.get(4..)?).ok()?,
        // Linux's cooked captures: an EtherType at the end of the header, or at its beginning.
        113 => cooked(bytes.get(14..16)?, bytes.get(16..)?),
        276 => cooked(bytes.get(..2)?, bytes.get(20..)?),
        // IP with nothing before it.
        12 | 14 | 101 | 228 | 229 => LaxSlicedPacket::from_ip(bytes).ok()?,
        _ => return None,
    };
    let (source, destination): (IpAddr, IpAddr) = match packet.net? {
        LaxNetSlice::Ipv4(ip) => (
            ip.header().source_addr().into(),
            ip.header().destination_addr().into(),
        ),
        LaxNetSlice::Ipv6(ip) => (
            ip.header().source_addr().into(),
            ip.header().destination_addr().into(),
        ),
        LaxNetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else {
        return None;
    };
    Some(Segment {
        from: SocketAddr::new(source, tcp.source_port()),
        to: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        syn: tcp.syn(),
        ack: tcp.ack(),
        payload: tcp.payload(),
    })
}

fn cooked<'a>(ether_type: &[u8], rest: &'a [u8]) -> LaxSlicedPacket<'a> {
    let ether_type = u16::from_be_bytes([ether_type[0], ether_type[1]]);
    LaxSlicedPacket::from_ether_type(EtherType(ether_type), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;
    use proptest::prelude::*;

    fn ip(payload: &[u8], v6: bool) -> Vec<u8> {
        let builder = if v6 {
            PacketBuilder::ipv6([1; 16], [2; 16], 64)
        } else {
            PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
        };
        let mut packet = Vec::new();
        builder
            .tcp(50_000, 443, 7, 1000)
            .write(&mut packet, payload)
            .unwrap();
        packet
    }

    #[test]
    fn a_segment_is_found_behind_every_kind_of_link() {
        for v6 in [false, true] {
            let packet = ip(b"hello", v6);
            let ether_type: [u8; 2] = if v6 { [0x86, 0xdd] } else { [8, 0] };
            let family = if v6 { 10u32 } else { 2 };
            let links = [
                (1, [&[0; 12][..], &ether_type].concat()),
                (0, family.to_le_bytes().to_vec()),
                (108, family.to_be_bytes().to_vec()),
                (113, [&[0; 14][..], &ether_type].concat()),
                (276, [&ether_type[..], &[0; 18]].concat()),
                (101, vec![]),
                (if v6 { 229 } else { 228 }, vec![]),
            ];
            for (link, header) in links {
                let frame = [header, packet.clone()].concat();
                let segment = segment_of(link, &frame).unwrap_or_else(|| panic!("link type {link}"));
                assert_eq!((segment.from.port(), segment.to.port()), (50_000, 443));
                assert_eq!((segment.sequence, segment.payload), (7, &b"hello"[..]));
                assert_eq!(segment.from.is_ipv6(), v6);
            }
        }
        assert_eq!(segment_of(127, &ip(b"", false)), None);
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_never_panic(bytes: Vec<u8>) {
            for link in [0, 1, 101, 108, 113, 228, 229, 276] {
                let _ = segment_of(link, &bytes);
            }
        }
    }
}
