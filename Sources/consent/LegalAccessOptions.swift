internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// Access to what is kept of a person who asked to be erased, until the day it is deleted: for the legal role, and recorded.
struct LegalAccessOptions: ParsableArguments {
    @OptionGroup var writing: WritingOptions

    @Option(
        help: ArgumentHelp(
            "You act for legal: why you look at a person who asked to be erased. It is recorded.", valueName: "why"))
    var legalAccess: String?

    /// Throws `shut` for a person who asked to be erased, unless it is said why; that is recorded before anything is shown.
    func admit(_ address: ContactAddress, _ owner: BusinessOptions, _ ledger: LedgerOptions) throws {
        let (request, business) = try ledger.read { snapshot in
            let business = try owner.business(in: snapshot.catalog).id
            let handle = try snapshot.handle(of: address, business: business)
            return (try handle.flatMap { try snapshot.erasureRequest(of: $0) }, business)
        }
        guard let request else { return }
        try admit(address, request, of: business, ledger)
    }

    /// The same for a contact that is named by its handle. Of one who was erased nothing is kept that could be shut.
    func admit(_ handle: ContactHandle, _ ledger: LedgerOptions) throws {
        let found = try ledger.read { snapshot in
            (
                try snapshot.erasureRequest(of: handle), try snapshot.address(of: handle),
                try snapshot.business(of: handle)
            )
        }
        guard let request = found.0, let address = found.1, let business = found.2 else { return }
        try admit(address, request, of: business, ledger)
    }

    private func admit(
        _ address: ContactAddress, _ request: ErasureRequest, of business: String, _ ledger: LedgerOptions
    ) throws {
        guard let why = legalAccess, !why.isEmpty else {
            let end = request.erasesAt.map { "until it is deleted on \($0)" } ?? "until it is deleted"
            throw LedgerError(
                .shut,
                "\(address) asked to be erased (record \(request.record)); what is kept as proof is for legal alone, \(end). "
                    + "If you act for legal, say why with --legal-access, and that is recorded")
        }
        var draft = EventDraft(.evidenceAttached, business: business, contact: address)
        draft.fields = [.concerns: .bytes(request.event.bytes), .reason: .text("legal-access")]
        draft.privateFields = [EventDraft.PrivateFact("why", why)]
        _ = try writing.write(ledger) { writer in
            draft.fields[.occurredAt] = .occurredAt(OccurredAt(writer.currentTime()))
            return try writer.append(draft)
        }
    }
}
