public import ConsentModel
public import ConsentRules
internal import LedgerCrypto

extension EventDraft {
    /// Adopts a rule pack, which the log keeps as an object: for one business or, without, for all; from a time on or,
    /// without, from its recording on. `bytes` are those that the pack was parsed from.
    public init(adopting bytes: [UInt8], _ pack: RulePack, business: String? = nil, effectiveFrom: Timestamp? = nil) {
        self.init(.rulepackAdopted, business: business)
        fields = [
            .pack: .text(pack.id), .packVersion: .text(pack.version), .packDigest: .bytes(pack.digest.bytes),
        ]
        if let effectiveFrom { fields[.effectiveFrom] = .number(effectiveFrom.milliseconds) }
        objects = [bytes]
    }
}
