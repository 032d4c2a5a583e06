internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// That somebody saw a tree of the log, as a signature line or a time stamp in a bundle claims: nothing of it is verified, so
/// that whoever trusts nobody's key can compute it (SPEC.md, “The document”). What it shows to who trusts witnesses or
/// authorities, `SeenTree` says.
struct ClaimedSighting {
    /// How many records the tree has.
    let size: UInt64
    /// When it was seen at the earliest and at the latest.
    let earliest: Timestamp
    let latest: Timestamp
    /// The name in the signature line; `nil` of a time stamp.
    let name: String?
}

/// What a checkpoint of a bundle claims of having been seen.
struct ClaimedCheckpoint {
    let checkpoint: Checkpoint
    /// SHA-256 of it with all its signatures.
    let digest: SHA256Digest
    /// The signature lines of others than the log, with the times in them.
    let cosigned: [(name: String, at: Timestamp?)]
    /// Its time stamps, with what they say.
    let stamped: [(digest: SHA256Digest, times: (earliest: Timestamp, latest: Timestamp)?)]

    /// Of a signature line of a witness: eight bytes of time, and an Ed25519 signature.
    private static let cosignatureByteCount = 72

    init(_ signed: SignedCheckpoint, stamps: [SHA256Digest: [UInt8]]) {
        checkpoint = signed.checkpoint
        digest = SHA256Digest(hashing: signed.bytes)
        let origin = signed.checkpoint.origin.utf8
        cosigned = signed.note.signatures.filter { !$0.name.utf8.elementsEqual(origin) }.map { line in
            guard line.signature.count == Self.cosignatureByteCount else { return (line.name, nil) }
            let seconds = line.signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return (line.name, seconds > .max / 1000 ? nil : Timestamp(milliseconds: seconds * 1000))
        }
        let imprint = signed.stampedBytes.map { SHA256Digest(hashing: $0) }
        stamped = stamps.sorted { $0.key < $1.key }.map { name, bytes in
            let claim = imprint.flatMap { TimeStampResponse.claim(of: $0, in: bytes) }
            return (
                name,
                claim.map { claim in
                    (
                        earliest: Timestamp(milliseconds: claim.earliest) ?? .last,
                        latest: Timestamp(milliseconds: claim.latest) ?? .last
                    )
                }
            )
        }
    }

    /// The checkpoints of a bundle by ascending size.
    static func all(in contents: EvidenceContents) -> [ClaimedCheckpoint] {
        let older = contents.older.sorted { $0.key < $1.key }.map(\.value.older)
        return (older + [contents.checkpoint]).map {
            ClaimedCheckpoint($0, stamps: contents.stamps[$0.checkpoint.size] ?? [:])
        }
    }

    /// The claims with a time, cosignatures before stamps.
    var sightings: [ClaimedSighting] {
        let size = checkpoint.size
        return cosigned.compactMap { name, at in
            at.map { ClaimedSighting(size: size, earliest: $0, latest: $0, name: name) }
        }
            + stamped.compactMap { _, times in
                times.map { ClaimedSighting(size: size, earliest: $0.earliest, latest: $0.latest, name: nil) }
            }
    }
}

extension [ClaimedSighting] {
    /// The one by which the record at `index` existed first; of equal ones the first.
    func existence(of index: UInt64) -> ClaimedSighting? {
        filter { $0.size > index }.min { $0.latest < $1.latest }
    }

    /// The last one of a tree without the record at `index`; of equal ones the first.
    func absence(of index: UInt64) -> ClaimedSighting? {
        filter { $0.size <= index }.reduce(nil) { last, next in
            last.map { $0.earliest >= next.earliest ? $0 : next } ?? next
        }
    }
}
