public import ConsentModel

extension ContactTimeline.Entry {
    /// The record with its private facts, opened: personal data.
    public func json(privateFields facts: [(name: String, value: String)]) -> JSON {
        [
            "index": .number(index), "recorded-at": .string(recordedAt.description),
            "type": .string(payload.typeName), "event-id": .string(payload.id.description),
            "fields": payload.json, "private": .object(facts.map { ($0.name, .string($0.value)) }),
        ]
    }
}
