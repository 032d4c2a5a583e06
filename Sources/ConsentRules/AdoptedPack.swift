public import ConsentModel
public import LedgerCrypto

/// That a rule pack was adopted: what its `rulepack-adopted` record says.
public struct PackAdoption: Hashable, Sendable {
    /// The pack's name.
    public let pack: String
    /// Its version.
    public let version: String
    /// SHA-256 of its bytes.
    public let digest: SHA256Digest
    /// The business it was adopted for; `nil` is all of the ledger.
    public let business: String?
    /// The first moment its rules count: what the record says, else when it was recorded.
    public let effectiveFrom: Timestamp
    /// The record.
    public let index: UInt64
    /// When it was recorded.
    public let recordedAt: Timestamp

    /// `nil` for a record that is no adoption.
    init?(_ record: Record, _ event: Event) {
        guard event.type == .rulepackAdopted, let pack = event.text(.pack), let version = event.text(.packVersion),
            let digest = event.bytes(.packDigest).flatMap({ SHA256Digest($0) })
        else { return nil }
        self.pack = pack
        self.version = version
        self.digest = digest
        business = record.business
        effectiveFrom = event.time(.effectiveFrom) ?? record.recordedAt
        index = record.index
        recordedAt = record.recordedAt
    }

    public init(
        pack: String, version: String, digest: SHA256Digest, business: String?, effectiveFrom: Timestamp, index: UInt64,
        recordedAt: Timestamp
    ) {
        self.pack = pack
        self.version = version
        self.digest = digest
        self.business = business
        self.effectiveFrom = effectiveFrom
        self.index = index
        self.recordedAt = recordedAt
    }
}

/// A pack and its adoption.
public struct AdoptedPack: Hashable, Sendable {
    /// The pack itself.
    public let pack: RulePack
    /// The record that adopted it.
    public let adoption: UInt64
    /// The business it was adopted for; `nil` is all of the ledger.
    public let business: String?
    /// The first moment its rules count.
    public let effectiveFrom: Timestamp
    /// When the adoption was recorded.
    public let recordedAt: Timestamp

    public init(
        pack: RulePack, adoption: UInt64, business: String?, effectiveFrom: Timestamp, recordedAt: Timestamp
    ) {
        self.pack = pack
        self.adoption = adoption
        self.business = business
        self.effectiveFrom = effectiveFrom
        self.recordedAt = recordedAt
    }

    /// `pack` as that record adopted it.
    public init(_ pack: RulePack, _ adoption: PackAdoption) {
        self.init(
            pack: pack, adoption: adoption.index, business: adoption.business,
            effectiveFrom: adoption.effectiveFrom, recordedAt: adoption.recordedAt)
    }

    /// A rule of the pack as reasons cite it.
    public func reference(to rule: Rule) -> RuleReference {
        RuleReference(
            pack: pack.id, version: pack.version, digest: pack.digest, rule: rule.id, meaning: rule.meaning,
            citation: rule.citation, adoption: adoption)
    }
}

extension Sequence where Element == AdoptedPack {
    /// The packs that count for `business` at a time, one a name, in ascending order of the names: of those that may be
    /// known the one that counts since latest, a later record winning a tie. One adopted for the business beats those for
    /// all, as long as any for the business counts.
    public func inForce(for business: String, at time: Timestamp, knownAt: KnownAt = .everything) -> [AdoptedPack] {
        var chosen: [String: AdoptedPack] = [:]
        func rank(_ adopted: AdoptedPack) -> (Int, Timestamp, UInt64) {
            (adopted.business == nil ? 0 : 1, adopted.effectiveFrom, adopted.adoption)
        }
        for adopted in self
        where (adopted.business ?? business) == business && adopted.effectiveFrom <= time
            && knownAt.includes(index: adopted.adoption, recordedAt: adopted.recordedAt)
        {
            if let other = chosen[adopted.pack.id], rank(adopted) < rank(other) { continue }
            chosen[adopted.pack.id] = adopted
        }
        return chosen.values.sorted { $0.pack.id < $1.pack.id }
    }
}
