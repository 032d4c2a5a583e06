internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird

/// Erasing a person, which is asked twice: by the page that says what it does, and by typing the address. The page does not
/// show the address: who confirms by it knows it, and whoever asked to be erased is not shown to do what they asked for.
enum ConsoleEraseRoutes {
    static let routes = [
        ConsoleRoutes.page("/people/{handle}/erase", "erase-page", EraseRoute.route.roles) { visit in
            visit.frame.respond(try await page(visit))
        },
        ConsoleRoutes.form("/people/{handle}/erase", "erase", EraseRoute.route.roles, erase),
    ]

    /// The page, with what was typed into the `form` that was sent from it, if one was.
    private static func page(
        _ visit: ConsoleVisit, fault: ConsoleTemplates.Fault? = nil, _ form: FormFields? = nil
    ) async throws -> String {
        let (access, exchange, frame) = (try visit.exchange.access, visit.exchange, visit.frame)
        return try await visit.ledger.read { snapshot in
            let person = try ConsolePersonRoutes.person(exchange, access, in: snapshot)
            var facts = [
                frame.fact("handle", "\(person.handle)"), frame.fact("business", person.business.name),
            ]
            if let request = try snapshot.erasureRequest(of: person.handle) {
                facts.append(
                    frame.fact(
                        "erasure-asked",
                        frame.pieces(
                            "recorded-as", [.value(FieldText.pageText(of: request.recordedAt))],
                            [.value("\(request.record)")])))
                if let due = request.erasesAt { facts.append(frame.fact("erasure-due", FieldText.pageText(of: due))) }
            }
            var values: ConsoleTemplates.Values = [
                "handle": "\(person.handle)", "facts": facts, "typed": form?["contact"] ?? "",
                "isForgetting": form?["forget-completely"] == "yes",
            ]
            if let fault { values["fault"] = frame.fault(fault) }
            return frame.html("erase", "erase-title", values)
        }
    }

    /// What is to be erased: all that the address ever was; of an address that is not this person's any more, this contact
    /// alone, and the address is not suppressed where somebody else has it now.
    private static func order(
        _ person: ConsolePersonRoutes.Person, in snapshot: LedgerSnapshot
    ) throws -> ErasureOrder {
        var order = ErasureOrder(person.address, business: person.business.id)
        order.reason = ErasureRequest.reason
        let current = try snapshot.handles(of: person.address, business: person.business.id)
        guard !current.contains(person.handle) else { return order }
        order.handle = person.handle
        order.keepsSuppression = current.isEmpty
        return order
    }

    private static func erase(_ visit: ConsoleVisit, _ form: FormFields) async throws -> Response {
        let (access, exchange, frame) = (try visit.exchange.access, visit.exchange, visit.frame)
        let (person, all) = try await visit.ledger.read { snapshot in
            let person = try ConsolePersonRoutes.person(exchange, access, in: snapshot)
            return (person, try order(person, in: snapshot))
        }
        guard let typed = form["contact"], (try? ContactAddress(parsing: typed)) == person.address else {
            let fault = ConsoleTemplates.Fault(name: "erase-other", field: "contact")
            return frame.respond(try await page(visit, fault: fault, form), status: .unprocessableContent)
        }
        let keepsSuppression = form["forget-completely"] != "yes" && all.keepsSuppression
        let erasure: Erasure
        let isCleared: Bool
        do {
            (erasure, isCleared) = try await visit.ledger.write { writer in
                var order = all
                order.keepsSuppression = keepsSuppression
                let (outcomes, isCleared) = try writer.erase([order])
                return (try outcomes[0].get(), isCleared)
            }
        } catch let error as LedgerError where error.code == .held {
            return frame.respond(
                try await page(visit, fault: ConsoleTemplates.Fault(name: "code.held", detail: "\(error)"), form),
                status: .conflict)
        }
        return frame.page(
            "erased", "erased",
            [
                "facts": [
                    frame.fact("business", person.business.name),
                    frame.fact("erased-records", erasure.records.map { "\($0)" }.joined(separator: ", ")),
                    frame.fact("erased-left", "\(erasure.recordCount)"),
                    frame.fact("erased-suppressed", frame.pieces(erasure.isSuppressed ? "yes" : "no")),
                    frame.fact("erased-cleared", frame.pieces(isCleared ? "yes" : "not-yet")),
                ]
                    + (erasure.linkedContacts.isEmpty
                        ? []
                        : [
                            frame.fact("erased-linked", erasure.linkedContacts.map(\.text).joined(separator: ", "))
                        ])
            ])
    }
}
