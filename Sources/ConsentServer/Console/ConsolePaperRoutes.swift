internal import ConsentAudit
internal import ConsentLedger
internal import ConsentPersons
internal import ConsentRules
internal import HTTPTypes
internal import Hummingbird

/// What can be taken along of a person: the bundle of evidence, and the receipt that is theirs.
enum ConsolePaperRoutes {
    static let routes = [
        ConsoleRoutes.form("/people/{handle}/evidence", "evidence", EvidenceRoute.route.roles) { visit, form in
            let (person, isCurrent) = try await admitted(visit, why: form["why"])
            var inquiry = EvidenceInquiry(isCurrent ? .address(person.address) : .handle(person.handle))
            inquiry.language = visit.frame.texts.language
            return try await EvidenceRoute.answer(inquiry, person.business.id, visit.exchange)
        },
        ConsoleRoutes.form("/people/{handle}/receipt", "receipt", ReceiptRoute.route.roles) { visit, form in
            let (person, isCurrent) = try await admitted(visit, why: form["why"])
            // A receipt is made by the address, which may be somebody else's by now.
            guard isCurrent else {
                throw ServerError(.notFound, "the address is not this person's any more; no receipt is made for it")
            }
            var response = try await ReceiptRoute.answer(
                person.address, person.business.id, language: visit.frame.texts.language, format: .html,
                ControllerFile(), visit.exchange)
            // Its own styles are within it, which a page of the console may not have: it is a file.
            response.headers[.contentDisposition] = #"attachment; filename="receipt.html""#
            return response
        },
    ]

    /// The person of the path, whom the token may see, and whether the address is still theirs.
    private static func admitted(
        _ visit: ConsoleVisit, why: String?
    ) async throws -> (person: ConsolePersonRoutes.Person, isCurrent: Bool) {
        let (access, exchange) = (try visit.exchange.access, visit.exchange)
        let found = try await visit.ledger.read { snapshot in
            let person = try ConsolePersonRoutes.person(exchange, access, in: snapshot)
            let own = try snapshot.handles(of: person.address, business: person.business.id)
            return (person: person, isCurrent: own.contains(person.handle))
        }
        try await LegalAdmission.admit(
            .handle(found.person.handle), found.person.business.id, why: why, visit.exchange)
        return found
    }
}
