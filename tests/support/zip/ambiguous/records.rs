//! A1 to A5: records of one entry that do not say the same.

use super::super::{EntryForge, Width, crc32, deflate, extra_field, file};
use super::{Ambiguity, Mutation, Random, edit, insert};

/// Mutations of one entry.
macro_rules! entries {
    ($($ambiguity:ident $what:literal $edit:expr;)+) => {
        vec![$(Mutation {
            ambiguity: Ambiguity::$ambiguity,
            what: $what,
            apply: |zip, dice| edit(zip, dice, $edit),
        }),+]
    };
}

pub(super) fn mutations() -> Vec<Mutation> {
    let mut mutations = methods();
    mutations.extend(sizes());
    mutations.extend(zip64_sizes());
    mutations.extend(descriptors());
    mutations.extend(names());
    mutations.extend(types());
    mutations.extend(links_and_attributes());
    mutations.extend(features());
    mutations
}

fn methods() -> Vec<Mutation> {
    entries! {
        Method "a method that few readers know" |entry, dice| {
            let method = dice.one_of(&[1, 9, 12, 14, 93, 99]);
            entry.local(move |local| local.method = method).central(move |central| central.method = method)
        };
        Method "deflate in the local header" |entry, _| entry.local(|local| local.method = 8);
        Method "stored in the local header" |entry, _| entry.local(|local| local.method = 0);
        Method "stored in the directory" |entry, _| entry.central(|central| central.method = 0);
        Method "deflated" |entry, _| entry.deflated();
    }
}

fn sizes() -> Vec<Mutation> {
    entries! {
        Sizes "another local size" |entry, dice| {
            let by = dice.one_of(&[1, 7, u32::MAX]);
            entry.local(move |local| local.size = local.size.wrapping_add(by))
        };
        Sizes "another local compressed size" |entry, dice| {
            let by = dice.one_of(&[1, u32::MAX]);
            entry.local(move |local| local.compressed_size = local.compressed_size.wrapping_add(by))
        };
        Sizes "another size in the directory" |entry, dice| {
            let by = dice.one_of(&[1, u32::MAX]);
            entry.central(move |central| central.size = central.size.wrapping_add(by))
        };
        Sizes "another size in both headers" |entry, dice| {
            let by = dice.one_of(&[1, u32::MAX]);
            entry
                .local(move |local| local.size = local.size.wrapping_add(by))
                .central(move |central| central.size = central.size.wrapping_add(by))
        };
        Sizes "zeros in the local header" |entry, _| {
            entry.local(|local| (local.crc, local.size, local.compressed_size) = (0, 0, 0))
        };
        Sizes "a second stream behind the body" |_, _| {
            let body = b"the first";
            file("two.txt", body).stream(&[deflate(body), deflate(b"the second")].concat())
        };
        Sizes "another checksum" |entry, _| {
            entry.local(|local| local.crc ^= 1).central(|central| central.crc ^= 1)
        };
    }
}

fn zip64_sizes() -> Vec<Mutation> {
    entries! {
        Zip64 "local sizes repeated in ZIP64" |entry, _| entry.local(|local| {
            let values = [local.size, local.compressed_size].map(|size| u64::from(size).to_le_bytes());
            local.extra.extend(extra_field(1, &values.concat()));
        });
        Zip64 "local sizes in ZIP64 alone" |entry, _| entry.local(|local| {
            let values = [local.size, local.compressed_size].map(|size| u64::from(size).to_le_bytes());
            local.extra.extend(extra_field(1, &values.concat()));
            (local.size, local.compressed_size) = (u32::MAX, u32::MAX);
        });
        Zip64 "the directory's sizes repeated in ZIP64" |entry, _| entry.central(|central| {
            let values = [central.size, central.compressed_size].map(|size| u64::from(size).to_le_bytes());
            central.extra.extend(extra_field(1, &values.concat()));
        });
        Zip64 "the directory's sizes in ZIP64 alone" |entry, _| entry.central(|central| {
            let values = [central.size, central.compressed_size].map(|size| u64::from(size).to_le_bytes());
            central.extra.extend(extra_field(1, &values.concat()));
            (central.size, central.compressed_size) = (u32::MAX, u32::MAX);
        });
        Zip64 "the local header's offset in ZIP64" |entry, _| entry.central(|central| {
            central.extra.extend(extra_field(1, &u64::from(central.local_offset).to_le_bytes()));
            central.local_offset = u32::MAX;
        });
        Zip64 "other sizes in ZIP64" |entry, _| entry.central(|central| {
            central.extra.extend(extra_field(1, &[3_u64.to_le_bytes(), 3_u64.to_le_bytes()].concat()));
        });
        Zip64 "one size too few in ZIP64" |entry, _| entry.local(|local| {
            local.extra.extend(extra_field(1, &u64::from(local.size).to_le_bytes()));
            (local.size, local.compressed_size) = (u32::MAX, u32::MAX);
        });
    }
}

fn descriptors() -> Vec<Mutation> {
    let mut mutations = entries! {
        Sizes "a descriptor" |entry, _| entry.described();
        Sizes "a descriptor without a signature" |entry, _| {
            entry.descriptor(|descriptor| descriptor.signature = None)
        };
        Sizes "a descriptor of 64 bits" |entry, _| {
            entry.descriptor(|descriptor| descriptor.width = Width::Bits64)
        };
        Sizes "a descriptor of other values" |entry, _| {
            entry.descriptor(|descriptor| descriptor.size = descriptor.size.wrapping_add(1))
        };
        Sizes "a descriptor that is not there" |entry, _| entry.local(|local| local.flags |= 8);
        Sizes "a descriptor that the directory alone has" |entry, _| entry.central(|central| central.flags |= 8);
        Sizes "a descriptor that the local header alone has" |entry, _| {
            entry.described().central(|central| central.flags &= !8)
        };
        Sizes "a descriptor that no header has" |entry, _| {
            entry.described().local(|local| local.flags &= !8).central(|central| central.flags &= !8)
        };
    };
    mutations.push(Mutation {
        ambiguity: Ambiguity::Sizes,
        what: "an entry in a stored body behind a descriptor",
        apply: |zip, dice| {
            let hidden = file("hidden.txt", "hidden").local_record();
            let body = [
                b"shown",
                &b"PK\x07\x08"[..],
                &crc32(b"shown").to_le_bytes(),
                &[5, 0, 0, 0, 5, 0, 0, 0],
                &hidden,
            ];
            let entry = file("outer.bin", body.concat());
            let entry = if dice.below(4) == 0 { entry } else { entry.described() };
            insert(zip, dice, entry)
        },
    });
    mutations
}

fn unicode_path(entry: EntryForge, path: &'static [u8], checksum_of: &'static [u8]) -> EntryForge {
    let field = move |name: &[u8]| {
        let (path, of) = (
            if path.is_empty() { name } else { path },
            if checksum_of.is_empty() { name } else { checksum_of },
        );
        extra_field(0x7075, &[&[1], &crc32(of).to_le_bytes()[..], path].concat())
    };
    entry
        .local(move |local| local.extra.extend(field(&local.name)))
        .central(move |central| central.extra.extend(field(&central.name)))
}

fn names() -> Vec<Mutation> {
    entries! {
        Names "another local name" |entry, _| entry.local(|local| local.name = b"local.txt".to_vec());
        Names "a local name of another case" |entry, _| entry.local(|local| local.name.make_ascii_uppercase());
        Names "a Unicode Path of the same name" |entry, _| unicode_path(entry, b"", b"");
        Names "a Unicode Path of another name" |entry, _| unicode_path(entry, b"path.txt", b"");
        Names "a Unicode Path for another name" |entry, _| unicode_path(entry, b"path.txt", b"other.txt");
        Names "UTF-8 without the flag" |_, _| file("naïve/übung.txt", "text").flags(0);
        Names "UTF-8 without the flag, from Windows" |_, _| {
            file("naïve/übung.txt", "text").flags(0).central(|central| central.host = 0)
        };
        Names "UTF-8, from Windows" |_, _| file("naïve/übung.txt", "text").central(|central| central.host = 0);
        Names "UTF-8" |_, _| file("naïve/übung.txt", "text");
        Names "Latin-1" |_, _| file(b"na\xefve.txt", "text").flags(0);
        Names "flagged in the local header alone" |entry, _| entry.local(|local| local.flags ^= 1 << 11);
    }
}

fn mode_of(dice: &mut Random) -> u16 {
    dice.one_of(&[
        0, 0o644, 0o010_644, 0o020_644, 0o040_755, 0o100_755, 0o104_755, 0o120_777, 0o140_644, 0o177_777,
    ])
}

fn types() -> Vec<Mutation> {
    entries! {
        Types "another mode" |entry, dice| {
            let mode = mode_of(dice);
            entry.mode(mode)
        };
        Types "another mode, from Windows" |entry, dice| {
            let mode = mode_of(dice);
            entry.mode(mode).central(|central| central.host = 0)
        };
        Types "from another system" |entry, dice| {
            let host = dice.one_of(&[0, 1, 2, 6, 7, 10, 11, 14, 19]);
            entry.central(move |central| central.host = host)
        };
        Types "a directory by its attribute" |entry, _| entry.central(|central| central.external_attributes |= 0x10);
        Types "a directory by its name" |_, _| file("slash/", "").mode(0o100_644);
        Types "a directory by its name, without a mode" |_, _| file("slash/", "").mode(0);
        Types "a directory with a body" |_, _| file("slash/", "text").mode(0o040_755);
        Types "a deflated directory" |_, _| file("slash/", "").mode(0o040_755).deflated();
        Types "a deflated directory with a descriptor" |_, _| file("slash/", "").mode(0o040_755).deflated().described();
    }
}

fn links_and_attributes() -> Vec<Mutation> {
    entries! {
        Types "a link out of the package" |_, dice| {
            let target = dice.one_of(&["/etc/passwd", "../x", "a/../../x", "C:\\x"]);
            file("link", target).mode(0o120_777)
        };
        Types "a link inside the package" |_, dice| {
            let target = dice.one_of(&["f0.txt", "./f0.txt", "d/e", "link"]);
            file("d/link", target).mode(0o120_777)
        };
        Types "a link from another system" |_, dice| {
            let host = dice.one_of(&[0, 2, 7, 10, 14, 19]);
            file("link", "f0.txt").mode(0o120_777).central(move |central| central.host = host)
        };
        Types "a deflated link" |_, _| file("link", "f0.txt").mode(0o120_777).deflated();
        Types "a link by the field of PKWARE" |entry, _| {
            entry.extra(&extra_field(0x000d, &[&[0; 12][..], b"/etc/passwd"].concat()))
        };
        Types "a type by the field of ASi" |entry, dice| {
            let mode: u16 = dice.one_of(&[0o120_777, 0o100_755, 0o040_755, 0o010_644]);
            let attributes = [&mode.to_le_bytes()[..], &[0; 8]].concat();
            let field = [&crc32(&attributes).to_le_bytes()[..], &attributes].concat();
            let entry = if dice.below(2) == 0 { entry.mode(0) } else { entry };
            entry.extra(&extra_field(0x756e, &field))
        };
        Types "a name by the field of Macintosh" |entry, _| {
            entry.extra(&extra_field(0x2605, &[&b"ZPIT\x08"[..], b"path.txt", b"TEXTttxt"].concat()))
        };
        Types "other times and attributes" |entry, dice| {
            let time = dice.one_of(&[0, 0x1234, u16::MAX]);
            entry.local(move |local| (local.time, local.date) = (time, time)).central(|central| central.internal_attributes = 1)
        };
        Types "a timestamp in the local header alone" |entry, _| entry.local(|local| {
            local.extra.extend(extra_field(0x5455, &[7; 13]));
        });
        Types "padding behind the fields" |entry, dice| {
            let padding = dice.one_of(&[1, 3, 4, 5]);
            entry.local(move |local| local.extra.extend(vec![0; padding]))
        };
        Types "streamed attributes of a link" |entry, _| entry.local(|local| {
            let link = [&[0b110, 0, 3][..], &[0; 2], &(0o120_777_u32 << 16).to_le_bytes()].concat();
            local.extra.extend(extra_field(0x6c78, &link));
        });
    }
}

fn features() -> Vec<Mutation> {
    entries! {
        Encryption "flagged as encrypted" |entry, dice| {
            let flag = dice.one_of(&[1, 1 << 6, 1 << 13]);
            entry.local(move |local| local.flags |= flag).central(move |central| central.flags |= flag)
        };
        Encryption "flagged as encrypted in the local header" |entry, _| entry.local(|local| local.flags |= 1);
        Encryption "flagged as encrypted in the directory" |entry, _| entry.central(|central| central.flags |= 1);
        Encryption "a field of AES" |entry, _| entry.central(|central| {
            central.extra.extend(extra_field(0x9901, b"\x02\0AE\x03\x08\0"));
        });
        Encryption "other flags" |entry, dice| {
            let flag = 1 << dice.one_of(&[1, 2, 4, 5, 7, 12, 15]);
            entry.local(move |local| local.flags |= flag).central(move |central| central.flags |= flag)
        };
        Encryption "other versions" |entry, dice| {
            let version = dice.one_of(&[10, 45, 51, 63]);
            entry.local(move |local| local.version_needed = version)
        };
    }
}
