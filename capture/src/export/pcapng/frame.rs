//! IP packets around a conversation's bytes, as a network could have carried them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::TlsRole;

/// Bytes of a segment, as Ethernet would have it.
const SEGMENT: usize = 1440;

const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// The protocol's number in IP.
const TCP: u8 = 6;

/// A TCP conversation.
pub(super) struct Conversation {
    /// Client and server.
    ends: [SocketAddr; 2],
    /// The next sequence number of each.
    next: [u32; 2],
}

impl Conversation {
    /// A conversation between these two. Handlens's own end is not known: it gets an address for documentation
    /// and, as a client, a port by the connection's number, so that no two conversations are one.
    pub(super) fn between(client: Option<SocketAddr>, server: Option<SocketAddr>, number: u64) -> Self {
        let are_v6 = client.or(server).is_some_and(|known| is_v6(&known));
        let own = |last: u8| match are_v6 {
            true => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into())),
            false => IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)),
        };
        let port = 1024 + (number % 60_000) as u16;
        let mut ends = [
            client.unwrap_or_else(|| SocketAddr::new(own(1), port)),
            server.unwrap_or_else(|| SocketAddr::new(own(2), 443)),
        ];
        // Both ends of a packet are of one family.
        if is_v6(&ends[0]) != is_v6(&ends[1]) {
            for end in &mut ends {
                if let IpAddr::V4(v4) = end.ip() {
                    end.set_ip(v4.to_ipv6_mapped().into());
                }
            }
        }
        Self { ends, next: [0, 0] }
    }

    /// The three packets that open it.
    pub(super) fn open(&mut self) -> Vec<Vec<u8>> {
        let syn = self.packet(0, SYN, &[]);
        self.next[0] += 1;
        let answer = self.packet(1, SYN | ACK, &[]);
        self.next[1] += 1;
        vec![syn, answer, self.packet(0, ACK, &[])]
    }

    /// Bytes of one end, in as many segments as they need.
    pub(super) fn send(&mut self, from: TlsRole, bytes: &[u8]) -> Vec<Vec<u8>> {
        let from = from as usize;
        bytes
            .chunks(SEGMENT)
            .map(|segment| {
                let packet = self.packet(from, PSH | ACK, segment);
                self.next[from] = self.next[from].wrapping_add(segment.len() as u32);
                packet
            })
            .collect()
    }

    /// The packets that close it.
    pub(super) fn close(&mut self) -> Vec<Vec<u8>> {
        let fin = self.packet(0, FIN | ACK, &[]);
        self.next[0] = self.next[0].wrapping_add(1);
        let answer = self.packet(1, FIN | ACK, &[]);
        self.next[1] = self.next[1].wrapping_add(1);
        vec![fin, answer, self.packet(0, ACK, &[])]
    }

    fn packet(&self, from: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (source, destination) = (self.ends[from], self.ends[1 - from]);
        let acknowledged = if flags & ACK == 0 { 0 } else { self.next[1 - from] };
        let mut segment = Vec::with_capacity(20 + payload.len());
        segment.extend_from_slice(&source.port().to_be_bytes());
        segment.extend_from_slice(&destination.port().to_be_bytes());
        segment.extend_from_slice(&self.next[from].to_be_bytes());
        segment.extend_from_slice(&acknowledged.to_be_bytes());
        // A header of five words; the largest window.
        segment.extend_from_slice(&[5 << 4, flags, 0xff, 0xff]);
        segment.extend_from_slice(&[0; 4]);
        segment.extend_from_slice(payload);
        let length = segment.len() as u16;
        let mut sum = match (source.ip(), destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                add(&source.octets()) + add(&destination.octets())
            }
            (source, destination) => add(&v6(source).octets()) + add(&v6(destination).octets()),
        };
        sum += u32::from(TCP) + u32::from(length) + add(&segment);
        segment[16..18].copy_from_slice(&checksum(sum));
        let mut packet = ip_header(source.ip(), destination.ip(), length);
        packet.extend_from_slice(&segment);
        packet
    }
}

fn is_v6(address: &SocketAddr) -> bool {
    address.is_ipv6()
}

fn v6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

fn ip_header(source: IpAddr, destination: IpAddr, payload: u16) -> Vec<u8> {
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let length = (payload + 20).to_be_bytes();
            let mut header = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, TCP, 0, 0];
            header.extend_from_slice(&source.octets());
            header.extend_from_slice(&destination.octets());
            let sum = checksum(add(&header));
            header[10..12].copy_from_slice(&sum);
            header
        }
        (source, destination) => {
            let length = payload.to_be_bytes();
            let mut header = vec![0x60, 0, 0, 0, length[0], length[1], TCP, 64];
            header.extend_from_slice(&v6(source).octets());
            header.extend_from_slice(&v6(destination).octets());
            header
        }
    }
}

/// The sum of 16-bit words (RFC 1071), not folded yet.
fn add(bytes: &[u8]) -> u32 {
    bytes
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | word.get(1).map_or(0, |&low| u32::from(low)))
        .sum()
}

fn checksum(mut sum: u32) -> [u8; 2] {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_hold_and_numbers_go_on() {
        let ends = [
            (Some("127.0.0.1:5000".parse().unwrap()), None),
            (None, Some("[2001:db8::9]:443".parse().unwrap())),
            (
                Some("127.0.0.1:5000".parse().unwrap()),
                Some("[::1]:443".parse().unwrap()),
            ),
        ];
        for (client, server) in ends {
            let mut conversation = Conversation::between(client, server, 7);
            let mut packets = conversation.open();
            packets.extend(conversation.send(TlsRole::Client, &[1; 3001]));
            packets.extend(conversation.close());
            assert_eq!(packets.len(), 9);
            assert_eq!(conversation.next, [3003, 2]);
            for packet in packets {
                let (addresses, segment) = if packet[0] == 0x45 {
                    assert_eq!(checksum(add(&packet[..20])), [0, 0]);
                    (12..20, 20)
                } else {
                    (8..40, 40)
                };
                let pseudo = add(&packet[addresses]) + u32::from(TCP) + (packet.len() - segment) as u32;
                assert_eq!(checksum(pseudo + add(&packet[segment..])), [0, 0]);
            }
        }
    }
}
