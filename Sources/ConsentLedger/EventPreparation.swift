internal import ConsentModel
internal import Dispatch
internal import LedgerCrypto

/// A draft made into a signed statement, ready to be sequenced.
final class PreparedEvent: Sendable {
    let event: Event
    let statement: ConsentModel.Statement
    let context: StatementContext
    /// The contacts it names, with what registers them if nothing has yet.
    let contacts: [ContactRegistration]
    let sealed: [UInt8]
    let draft: EventDraft

    init(
        _ event: Event, _ statement: ConsentModel.Statement, _ context: StatementContext,
        contacts: [ContactRegistration],
        sealed: [UInt8], draft: EventDraft
    ) {
        self.event = event
        self.statement = statement
        self.context = context
        self.contacts = contacts
        self.sealed = sealed
        self.draft = draft
    }
}

/// Makes statements of drafts: commits to the private facts, seals them, encodes the event and signs it. Nothing here
/// depends on the record's place, so callers do it in parallel.
struct EventPreparation: Sendable {
    let identity: LedgerIdentity
    let keys: LedgerKeys
    let random: any RandomSource

    /// Makes the statement of `draft` about `contacts`, which stand in the order of the draft's addresses.
    func prepare(
        _ draft: EventDraft, id: EventID, contacts: [ContactRegistration], signer: any Signer
    ) throws -> PreparedEvent {
        var fields = draft.fields
        var sealed = SealedPart(event: id, fields: [])
        if !draft.type.isGovernance {
            (sealed, fields[.commitment]) = try commit(draft, id: id, contacts: contacts)
        }
        if draft.type == .contactChanged, contacts.count == 2 {
            fields[.fromHandle] = .bytes(contacts[1].handle.bytes)
        }
        let event = try Event(draft.type, id: id, fields)
        let context = StatementContext(
            origin: identity.origin, ledgerID: identity.ledgerID, business: draft.business ?? "",
            handles: (contacts.map(\.handle) + [draft.handle].compactMap(\.self)).sorted())
        return PreparedEvent(
            event, try Statement(signing: event.encoded(), for: context, with: signer), context, contacts: contacts,
            sealed: sealed.fields.isEmpty ? [] : sealed.encoded(), draft: draft)
    }

    private func commit(
        _ draft: EventDraft, id: EventID, contacts: [ContactRegistration]
    ) throws -> (SealedPart, FieldValue) {
        var commitments: [SHA256Digest] = []
        var sealed: [SealedPart.Field] = []
        func add(_ name: String, _ value: [UInt8], about contact: ContactRegistration, _ key: SealingKey) throws {
            let field = try PrivateField(name: name, value: value, salt: random.bytes(PrivateField.saltByteCount))
            commitments.append(field.commitment(ledgerID: identity.ledgerID, event: id))
            sealed.append(
                SealedPart.seal(
                    field, of: id, handle: contact.handle, ledgerID: identity.ledgerID, key: key, random: random))
        }
        // The key of who is erased goes with them: nothing that it seals could be shown.
        let addresses = draft.type == .contactErased ? [] : draft.addresses
        for (position, (name, address)) in addresses.enumerated() {
            let key = try contacts[position].dataKey(keys)
            try add(name, Array(address.text.utf8), about: contacts[position], key)
            guard position == 0 else { continue }
            for fact in draft.privateFields { try add(fact.name, fact.value, about: contacts[0], key) }
        }
        guard commitments.count <= PrivateField.mostFields else {
            throw LedgerError(.badEvent, "an event has at most \(PrivateField.mostFields) private fields")
        }
        return (
            SealedPart(event: id, fields: sealed), .bytes(PrivateField.commitmentDigest(commitments).bytes)
        )
    }
}

/// Runs `body` for each position below `count`, on all cores where that pays.
func concurrently<Result: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> Result
) -> [Swift.Result<Result, any Error>] {
    guard count >= 16 else { return (0..<count).map { position in Swift.Result { try body(position) } } }
    return [Swift.Result<Result, any Error>](unsafeUninitializedCapacity: count) { buffer, initialized in
        // Each position is written by one thread alone, so that no lock is needed.
        nonisolated(unsafe) let buffer = buffer
        DispatchQueue.concurrentPerform(iterations: (count + 63) / 64) { chunk in
            for position in chunk * 64..<min(count, chunk * 64 + 64) {
                buffer.initializeElement(at: position, to: Swift.Result { try body(position) })
            }
        }
        initialized = count
    }
}
