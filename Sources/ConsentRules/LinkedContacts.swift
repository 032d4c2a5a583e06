public import ConsentModel

extension LinkRules {
    /// At more linked contacts than this there is no answer: a stop is never left out.
    public static let mostLinked = 64

    /// The contacts whose restrictions bind the one of `timeline`: `others`, which are of the same address or of other
    /// spellings of it, and all that records link to it or to these. `timelines` gives what is recorded of a contact,
    /// `other` the other contact of the record at an index. Throws `notCovered` where they are too many, and what those
    /// two throw.
    public func linked(
        to timeline: ContactTimeline?, others: [ContactHandle],
        timelines: (ContactHandle) throws -> ContactTimeline,
        other: (_ index: UInt64, _ handle: ContactHandle) throws -> ContactHandle?
    ) throws -> [LinkedContact] {
        var found: [ContactHandle: ContactTimeline] = [:]
        let binding = try Self.binding((timeline.map { [$0.handle] } ?? []) + others) { handle in
            let own = try timeline.flatMap { $0.handle == handle ? $0 : nil } ?? timelines(handle)
            found[handle] = own
            guard found.count(where: { $0.key != timeline?.handle }) <= Self.mostLinked else {
                throw RulesError(
                    .notCovered,
                    "the contact is linked to more than \(Self.mostLinked) others; no answer is given that they could change"
                )
            }
            return try links(of: own) { try other($0, handle) }
        }
        return binding.compactMap { contact, until in
            contact == timeline?.handle ? nil : found[contact].map { LinkedContact($0, until: until) }
        }
    }
}
