public import ConsentModel
public import ConsentRules

/// What a bundle must ask about at least, so that no answer that the records give is left out (SPEC.md, “Evidence bundles”,
/// “What holds”, rule 10).
public struct EvidenceScope: Hashable, Sendable {
    /// Each channel that the business's senders and notices name, or a record of the contact; every one where there is none.
    public private(set) var channels: Set<String>
    /// Each category of the business that is not retired, and each that a record of the contact names.
    public private(set) var categories: Set<String>

    /// Of a business as the records below `size` define it, and a contact's own events.
    public init(_ business: Catalog.Business, own events: some Sequence<Event>, size: UInt64) {
        func isDefined(_ window: Catalog.Window) -> Bool { window.from < size }
        channels = Set(
            business.notices.filter { isDefined($0.window) }.flatMap(\.channels)
                + business.senders.values.filter { isDefined($0.window) }.flatMap(\.channels))
        categories = Set(
            business.categories.values.filter { isDefined($0.window) && $0.window.until.map { $0 >= size } ?? true }
                .map(\.id))
        for event in events {
            channels.formUnion(event.channels ?? [])
            categories.formUnion(
                (event.categories ?? []).filter { business.categories[$0].map { isDefined($0.window) } ?? false })
        }
        if channels.isEmpty { channels = Set(Vocabulary.channel.words) }
    }
}
