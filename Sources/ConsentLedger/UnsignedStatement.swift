public import ConsentModel
internal import ConsentRules
public import LedgerCrypto

/// An event that is ready but for its signature, which a source makes that holds its own key. Whoever signs it checks first
/// that it says what they gave: the payload decodes, and its commitment is that of the private fields (SPEC.md).
public struct UnsignedStatement: Sendable {
    /// The event's encoding.
    public let payload: [UInt8]
    /// The key that is to sign.
    public let key: Ed25519PublicKey
    /// Where the statement will be valid, and about whom.
    public let context: StatementContext
    /// The event's id.
    public let id: EventID
    /// What the event commits to, with its salts.
    public let privateFields: [PrivateField]

    fileprivate let prepared: PreparedEvent
    fileprivate let size: UInt64
    fileprivate let reservationDrops: Int

    /// The Sig_structure (RFC 9052 §4.4): the bytes to sign.
    public var toBeSigned: [UInt8] {
        Statement.toBeSigned(payload: payload, keyIdentifier: key.keyIdentifier, context: context)
    }

    fileprivate func signed(_ signature: [UInt8]) throws -> PreparedEvent {
        let statement = Statement(keyIdentifier: key.keyIdentifier, payload: payload, signature: signature)
        guard signature.count == Ed25519PrivateKey.signatureByteCount, statement.isSigned(by: key, for: context) else {
            throw LedgerError(
                .badInput,
                "the signature is not that of the key \(Hexadecimal.encode(key.keyIdentifier)) over the bytes that were given "
                    + "to be signed; nothing is recorded")
        }
        return PreparedEvent(
            prepared.event, statement, context, contacts: prepared.contacts, sealed: prepared.sealed,
            draft: prepared.draft)
    }

    /// How many bytes it takes, nearly.
    public var byteCount: Int {
        payload.count + prepared.sealed.count + privateFields.reduce(0) { $0 + $1.value.count }
    }
}

/// What became of a draft that somebody else is to sign.
public enum UnsignedOutcome: Sendable {
    /// It waits for its signature; nothing is recorded.
    case unsigned(UnsignedStatement)
    /// The same event was recorded before, at that index.
    case alreadyRecorded(index: UInt64)
}

/// Stands for a key that is elsewhere: what it “signs” is refused by `record`, which checks what comes from outside.
struct AbsentKey: Signer {
    let publicKey: Ed25519PublicKey

    func sign(_ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: Ed25519PrivateKey.signatureByteCount) }
    var needsChecking: Bool { false }
}

/// Statements of sources that hold their own keys.
extension LedgerWriter {
    /// Makes everything of a draft's statement but the signature, and records nothing. Its source signs with the key of
    /// `keyIdentifier`, or with the only one that it holds itself. Throws `badInput` where there is no such key,
    /// `conflictingDuplicate` where the id of what is no restriction was used for something else, and what is wrong with the draft.
    public func prepareUnsigned(_ draft: EventDraft, keyIdentifier: [UInt8]? = nil) throws -> UnsignedOutcome {
        var draft = draft
        let key = try externalKey(of: draft, keyIdentifier)
        draft.absentKey = key
        let submission = try prepare([draft])
        switch submission.prepared[0] {
        case .refused(let error): throw error
        case .known(_, let index):
            if try monitor.withLock({ try isSame(draft, asRecord: index) }) { return .alreadyRecorded(index: index) }
            let isFlagged = draft.privateFields.contains { $0.name == "duplicate-of" }
            guard let id = draft.outsideID, draft.type.isRestriction, !isFlagged else {
                throw LedgerError(
                    .conflictingDuplicate,
                    "the id “\(draft.outsideID ?? "")” was used by record \(index) for something else; "
                        + "give this event an id of its own")
            }
            // An opt-out is taken anyway, under an id that what it says determines.
            var restated = draft.flagged(asDuplicateOf: id)
            restated.outsideID = "\(id):\(try draft.contentDigest())"
            return try prepareUnsigned(restated, keyIdentifier: key.keyIdentifier)
        case .event(let prepared):
            return .unsigned(
                UnsignedStatement(
                    payload: prepared.statement.payload, key: key, context: prepared.context, id: prepared.event.id,
                    privateFields: try privateFields(of: prepared), prepared: prepared, size: submission.size,
                    reservationDrops: submission.reservationDrops))
        }
    }

    /// Records statements with their signatures, each for itself, in this order; durable at return. One whose signature, 64
    /// bytes, is not the key's over what was prepared is refused with `badInput`, and with `contentChanged` one that is to
    /// be prepared again. Throws only when the ledger cannot go on.
    public func append(
        signed: [(statement: UnsignedStatement, signature: [UInt8])]
    ) throws -> [Result<AppendOutcome, any Error>] {
        guard let first = signed.first else { return [] }
        let prepared = concurrently(signed.count) { position in
            try signed[position].statement.signed(signed[position].signature)
        }
        // What was prepared at several times is compared with all that came since the first of them.
        let drops = signed.allSatisfy { $0.statement.reservationDrops == first.statement.reservationDrops }
        return try submit(
            Submission(
                prepared.map { result in
                    do { return .event(try result.get()) } catch { return .refused(error) }
                }, size: signed.map(\.statement.size).min() ?? 0,
                reservationDrops: drops ? first.statement.reservationDrops : -1))
    }

    private func externalKey(of draft: EventDraft, _ keyIdentifier: [UInt8]?) throws -> Ed25519PublicKey {
        guard !draft.source.isEmpty else {
            throw LedgerError(
                .badInput, "the event names no “source”: only a source that holds its key signs elsewhere")
        }
        let keys = monitor.withLock {
            (catalog.sources[draft.source]?.keys ?? []).filter {
                $0.custody == "external" && $0.window.contains(size)
                    && (keyIdentifier == nil || $0.publicKey.keyIdentifier == keyIdentifier)
            }
        }
        guard let key = keys.first, keys.count == 1 else {
            throw LedgerError(
                .badInput,
                keys.isEmpty
                    ? "the source “\(draft.source.prefix(64))” has no such key of its own in force; see: consent source list"
                    : "the source “\(draft.source.prefix(64))” holds several keys; name one by its identifier")
        }
        return key.publicKey
    }

    private func privateFields(of prepared: PreparedEvent) throws -> [PrivateField] {
        guard !prepared.sealed.isEmpty else { return [] }
        let part = try SealedPart(decoding: prepared.sealed)
        return try part.fields.map { field in
            guard let contact = prepared.contacts.first(where: { $0.handle == field.handle }) else {
                throw LedgerError(.damaged, "a private field is of nobody whom the event names")
            }
            return try part.open(field, ledgerID: identity.ledgerID, key: contact.dataKey(keys))
        }
    }
}
