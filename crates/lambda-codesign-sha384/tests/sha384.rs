//! The hash against NIST's examples and another implementation. On a machine without AVX2 there is nothing to try, which
//! the first test says.

use lambda_codesign_sha384::Sha384;
use sha2::Digest as _;

fn hash(pieces: &[&[u8]]) -> Option<[u8; 48]> {
    let mut hash = Sha384::new()?;
    pieces.iter().for_each(|piece| hash.update(piece));
    Some(hash.finish())
}

fn bytes(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

#[test]
fn it_is_there_where_the_machine_has_avx2_and_bmi2() {
    #[cfg(target_arch = "x86_64")]
    let there = std::is_x86_feature_detected!("avx2")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2");
    #[cfg(not(target_arch = "x86_64"))]
    let there = false;
    assert_eq!(Sha384::new().is_some(), there);
}

#[test]
fn what_nist_gives() {
    // FIPS 180-4 examples, "SHA384.pdf", and the long message of FIPS 180-2, D.3.
    let million = vec![b'a'; 1_000_000];
    let examples: [(&[u8], &str); 4] = [
        (
            b"",
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        ),
        (
            b"abc",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
        ),
        (
            &million,
            "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
        ),
    ];
    for (message, expected) in examples {
        let Some(found) = hash(&[message]) else { return };
        let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, expected);
    }
}

/// Every way that padding can fall, over four pairs of blocks.
#[test]
fn every_length_in_pieces_is_what_another_implementation_says() {
    let bytes = bytes(1_100);
    for length in 0..=bytes.len() {
        let whole = &bytes[..length];
        let expected: [u8; 48] = sha2::Sha384::digest(whole).into();
        for at in [0, 1, length / 3, length / 2, length.saturating_sub(129), length] {
            let (one, other) = whole.split_at(at.min(length));
            let Some(found) = hash(&[one, &[], other]) else { return };
            assert_eq!(found, expected, "{length} bytes, the first piece of {at}");
        }
    }
}

#[test]
fn long_messages_in_uneven_pieces_are_what_another_implementation_says() {
    let bytes = bytes(300_000);
    let expected: [u8; 48] = sha2::Sha384::digest(&bytes).into();
    for size in [1, 7, 127, 128, 129, 255, 256, 257, 511, 4_096, 65_537, 299_999] {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let Some(found) = hash(&pieces) else { return };
        assert_eq!(found, expected, "pieces of {size}");
    }
}

/// Messages of ones, zeros and single bits: carries through every addition.
#[test]
fn messages_of_few_bits_are_what_another_implementation_says() {
    for length in [111, 112, 239, 240, 256, 512] {
        for fill in [0x00_u8, 0xff, 0x80, 0x01] {
            let mut message = vec![fill; length];
            for bit in 0..64 {
                message[bit] ^= 0x10;
                let expected: [u8; 48] = sha2::Sha384::digest(&message).into();
                let Some(found) = hash(&[&message]) else { return };
                assert_eq!(found, expected, "{length} bytes of {fill:02x}, {bit}");
            }
        }
    }
}
