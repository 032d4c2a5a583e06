internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import LedgerStorage

/// Judges the notices that live grants name, as they are appended. Each is read and judged once for all the grants between
/// two moments at which a rule begins or ends. Guarded by the writer's monitor.
struct NoticeJudgement {
    private struct Case: Hashable {
        let business: String
        let notice: UInt64
        let channels: [String]
        let categories: [String]
        /// Which rules were in force when it was shown, and which packs count by now.
        let periods: [Int]
    }

    private let storage: any LedgerStorage
    private let packs = PackObjects()
    private var judged: [Case: [NoticeProblem]] = [:]
    /// When rules begin and end, for so many adoptions of the catalog.
    private var turns: (adoptions: Int, times: [Timestamp])?
    /// What the group that is being sequenced brings along, and storage does not have yet.
    private var brought: [SHA256Digest: [UInt8]] = [:]

    private static let mostJudged = 4096

    init(_ storage: any LedgerStorage) { self.storage = storage }

    /// A group was made durable, or dropped: what it brought is in storage, or nowhere.
    mutating func beginGroup() { brought = [:] }

    /// A record was sequenced that brings objects along.
    mutating func add(_ objects: [[UInt8]]) {
        for object in objects { brought[SHA256Digest(hashing: object)] = object }
    }

    /// What the notice lacks by the packs that count now and their rules in force when it was shown; throws `packUnreadable` or, where the text is not there,
    /// `unknownNotice`.
    mutating func problems(
        of notice: Catalog.Notice, _ business: Catalog.Business, channels: [String], categories: [String],
        shownAt time: Timestamp, now: Timestamp, _ catalog: Catalog
    ) throws(RulesError) -> [NoticeProblem] {
        if turns?.adoptions != catalog.adoptions.count {
            var times: Set<Timestamp> = []
            for id in catalog.businesses.keys {
                for pack in try adopted(catalog, id) {
                    times.insert(pack.effectiveFrom)
                    for rule in pack.pack.rules {
                        times.formUnion([rule.effectiveFrom, rule.effectiveUntil].compactMap(\.self))
                    }
                }
            }
            turns = (catalog.adoptions.count, times.sorted())
            judged = [:]
        }
        let this = Case(
            business: business.id, notice: notice.window.from, channels: channels, categories: categories,
            periods: [time, now].map { moment in turns?.times.count { $0 <= moment } ?? 0 })
        if let problems = judged[this] { return problems }
        let problems = NoticeLint.problems(
            of: NoticeWording(
                notice, text: try text(of: notice), of: business, channels: channels, categories: categories),
            packs: try adopted(catalog, business.id).inForce(for: business.id, at: now), shownAt: time)
        if judged.count >= Self.mostJudged { judged = [:] }
        judged[this] = problems
        return problems
    }

    /// The packs of all adoptions that concern a business.
    func adopted(_ catalog: Catalog, _ business: String) throws(RulesError) -> [AdoptedPack] {
        try packs.adopted(by: catalog.adoptions, business: business) { try object($0) }
    }

    private func text(of notice: Catalog.Notice) throws(RulesError) -> [UInt8] {
        do {
            if let digest = SHA256Digest(notice.textDigest), let text = try object(digest),
                SHA256Digest(hashing: text) == digest
            {
                return text
            }
        } catch {
            throw RulesError(.unknownNotice, "the words of the notice “\(notice.name)” cannot be read: \(error)")
        }
        throw RulesError(
            .unknownNotice,
            "the words of the notice “\(notice.name)” are missing or were altered; restore log/object from a copy, then run consent "
                + "verify")
    }

    private func object(_ digest: SHA256Digest) throws -> [UInt8]? {
        try brought[digest] ?? storage.read(LedgerPaths.object(digest))
    }
}
