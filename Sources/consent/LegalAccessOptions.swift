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
        let handle = try ledger.read { snapshot in
            try snapshot.handle(of: address, business: owner.business(in: snapshot.catalog).id)
        }
        if let handle { try admit(handle, ledger) }
    }

    /// The same for a contact that is named by its handle. Of one who was erased nothing is kept that could be shut.
    func admit(_ handle: ContactHandle, _ ledger: LedgerOptions) throws {
        // The address is asked for where it is named alone: whoever may look needs no key that opens it.
        let shut = try ledger.read { snapshot -> (ErasureRequest, ContactAddress)? in
            guard let request = try snapshot.erasureRequest(of: handle), let address = try snapshot.address(of: handle)
            else { return nil }
            return (request, address)
        }
        guard let (request, address) = shut else { return }
        guard let why = legalAccess, why.contains(where: { !$0.isWhitespace }) else {
            let end = request.erasesAt.map { "until it is deleted on \($0)" } ?? "until it is deleted"
            throw LedgerError(
                .shut,
                "\(address) asked to be erased (record \(request.record)); what is kept as proof is for legal alone, \(end). "
                    + "If you act for legal, say why with --legal-access, and that is recorded")
        }
        _ = try writing.write(ledger) { try $0.recordLegalAccess(to: handle, by: request, why: why) }
    }
}
