internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentPersons
internal import ConsentRules

/// Who may see what is kept of a person.
enum LegalAdmission {
    /// Throws `shut` for a person who asked to be erased, unless the token is legal's and it is said why; that is recorded
    /// before anything is shown. Throws `noSuchChain` for a handle that is none of the business's.
    static func admit(
        _ person: EvidenceInquiry.Person, _ name: String?, why: String?, _ exchange: Exchange
    ) async throws {
        let access = try exchange.access
        let ledger = exchange.server.ledger
        let shut = try await ledger.read { snapshot in
            let business = try access.business(name, in: snapshot.catalog).id
            return try handle(of: person, business, snapshot).flatMap { handle in
                try snapshot.erasureRequest(of: handle).map { (handle: handle, request: $0) }
            }
        }
        guard let shut else { return }
        guard access.token.roles.contains(.legal), let why, why.contains(where: { !$0.isWhitespace }) else {
            throw LedgerError(
                .shut,
                "this person asked to be erased; what is kept as proof is for tokens of the role legal, which say why with "
                    + "“legal-access”, and that is recorded")
        }
        if access.role != .legal {
            try await ledger.blocking { [records = exchange.server.accessRecords] in
                try records.record(access.token, as: .legal, operation: exchange.operation, requestID: exchange.id)
            }
        }
        _ = try await ledger.write { try $0.recordLegalAccess(to: shut.handle, by: shut.request, why: why) }
    }

    private static func handle(
        of person: EvidenceInquiry.Person, _ business: String, _ snapshot: LedgerSnapshot
    ) throws -> ContactHandle? {
        switch person {
        case .address(let address): return try snapshot.handle(of: address, business: business)
        case .handle(let handle):
            // Whether another business has it is not told.
            guard let first = try snapshot.timeline(of: handle).entries.first,
                try snapshot.record(at: first.index).business == business
            else { throw AuditError(.noSuchChain, "the business has no record of the contact \(handle)") }
            return handle
        }
    }
}
