internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird
internal import LedgerCrypto

/// Finding a person, and looking at one. An address is in a form, and never in a path, which ends up in logs: a person's page
/// is that of a handle.
enum ConsolePersonRoutes {
    /// Who may look at persons.
    static let roles = HistoryRoute.route.roles ?? []

    static let routes = [
        ConsoleRoutes.page("/find", "find-page", roles) { visit in
            let access = try visit.exchange.access
            return visit.frame.respond(
                try await visit.ledger.read { snapshot in
                    findPage(visit.frame, access, snapshot)
                })
        },
        ConsoleRoutes.form("/find", "find", roles, find),
        ConsoleRoutes.page("/people/{handle}", "person", roles, query: PersonInquiry.names, person),
        ConsoleRoutes.form("/people/{handle}/legal", "legal-access", [.legal], lookAsLegal),
    ]

    // MARK: Finding

    private static func findPage(
        _ frame: ConsoleFrame, _ access: Access, _ snapshot: LedgerSnapshot, business: String? = nil,
        _ more: ConsoleTemplates.Values = [:]
    ) -> String {
        frame.html(
            "find", "find",
            ["businesses": choices(access, snapshot, chosen: business)].merging(more) { $1 })
    }

    /// The businesses that a token opens, to choose from.
    static func choices(
        _ access: Access, _ snapshot: LedgerSnapshot, chosen: String?
    ) -> [ConsoleTemplates.Values] {
        snapshot.catalog.businesses.values.filter { access.opens($0.id) }.sorted { $0.window.from < $1.window.from }.map
        {
            ["id": $0.id, "name": $0.name, "isChosen": $0.id == chosen]
        }
    }

    private enum Found: Sendable {
        case handle(ContactHandle)
        case page(String)
    }

    private static func find(_ visit: ConsoleVisit, _ form: FormFields) async throws -> Response {
        let access = try visit.exchange.access
        let frame = visit.frame
        let address: ContactAddress
        let typed = form["contact"] ?? ""
        do { address = try ContactAddress(parsing: typed) } catch {
            let html = try await visit.ledger.read { [business = form["business"]] snapshot in
                findPage(
                    frame, access, snapshot, business: business,
                    [
                        "fault": frame.fault(
                            saying: frame.sentence(of: Problem(error)), field: "contact", detail: "\(error)"),
                        "typed": typed,
                    ])
            }
            return frame.respond(html, status: .unprocessableContent)
        }
        let found = try await visit.ledger.read { [name = form["business"]] snapshot -> Found in
            let business = try access.business(name, in: snapshot.catalog)
            if let handle = try snapshot.handle(of: address, business: business.id) { return .handle(handle) }
            let others = try snapshot.otherHandles(of: address, business: business.id)
            let words = frame.pieces(
                others.isEmpty ? "nobody" : "nobody-now", [.value(address.text)], [.value(business.name)])
            return .page(
                findPage(
                    frame, access, snapshot, business: business.id,
                    [
                        "nobody": [["pieces": ConsoleFrame.view(words)]], "typed": typed,
                        "others": others.map { ["handle": "\($0)"] },
                    ]))
        }
        switch found {
        case .handle(let handle): return ConsoleFrame.redirect(to: "/console/people/\(handle)")
        case .page(let html): return frame.respond(html)
        }
    }

    // MARK: Looking

    /// A person that a token may look at.
    struct Person: Sendable {
        let handle: ContactHandle
        let address: ContactAddress
        let business: Catalog.Business
    }

    /// The person of the path. Throws `notFound` where there is none whom the token opens: whether another business has one is
    /// not told.
    static func person(
        _ exchange: Exchange, _ access: Access, in snapshot: LedgerSnapshot
    ) throws -> Person {
        let nobody = ServerError(.notFound, "nobody is known by this handle")
        guard let bytes = Hexadecimal.decode(exchange.parameters["handle"] ?? ""), let handle = ContactHandle(bytes)
        else { throw nobody }
        guard let business = try snapshot.business(of: handle), let address = try snapshot.address(of: handle) else {
            if let erased = try ErasedPerson(handle, access, in: snapshot) { throw erased }
            throw nobody
        }
        guard access.opens(business) else { throw nobody }
        return Person(
            handle: handle, address: address, business: try snapshot.catalog.business(business, at: .max))
    }

    /// That whoever a handle stood for was erased, at a business that the token opens: the log still says so.
    struct ErasedPerson: Error, ServerErrorCarrying {
        private let record: UInt64
        private let erasedAt: Timestamp

        /// `nil` where nobody was, or where it is not for the token to know.
        init?(_ handle: ContactHandle, _ access: Access, in snapshot: LedgerSnapshot) throws {
            let erasure = try snapshot.timeline(of: handle).entries.last { entry in
                if case .event(let event) = entry.payload { event.type == .contactErased } else { false }
            }
            guard let erasure, let business = try snapshot.record(at: erasure.index).business, access.opens(business)
            else { return nil }
            record = erasure.index
            erasedAt = erasure.recordedAt
        }

        var serverError: ServerError { ServerError(.notFound, "whoever this handle stood for was erased") }

        /// What is answered.
        func page(_ frame: ConsoleFrame) -> Response {
            let words = frame.pieces("gone", [.value(FieldText.pageText(of: erasedAt))], [.value("\(record)")])
            return frame.page("gone", "erased", ["gone": [["pieces": ConsoleFrame.view(words)]]], status: .gone)
        }
    }

    private static func person(_ visit: ConsoleVisit) async throws -> Response {
        let (access, exchange, frame) = (try visit.exchange.access, visit.exchange, visit.frame)
        let now = visit.server.clock.now()
        let inquiry = PersonInquiry(visit.query)
        return try await visit.ledger.read { snapshot in
            let person = try person(exchange, access, in: snapshot)
            guard try snapshot.erasureRequest(of: person.handle) == nil else {
                return frame.respond(shutPage(frame, access, person), status: .forbidden)
            }
            return try ConsolePersonPage(person, access, frame, in: snapshot, now: now, inquiry).response
        }
    }

    private static func shutPage(
        _ frame: ConsoleFrame, _ access: Access, _ person: Person,
        _ more: ConsoleTemplates.Values = [:]
    ) -> String {
        let values: ConsoleTemplates.Values = [
            "isLegal": access.token.roles.contains(.legal), "handle": "\(person.handle)",
            "mayErase": !access.token.roles.isDisjoint(with: EraseRoute.route.roles ?? []),
        ]
        return frame.html("shut", "shut-title", values.merging(more) { $1 })
    }

    /// Legal looks at a person who asked to be erased, and says why: that is recorded before anything is shown, each time.
    private static func lookAsLegal(_ visit: ConsoleVisit, _ form: FormFields) async throws -> Response {
        let (access, exchange, frame) = (try visit.exchange.access, visit.exchange, visit.frame)
        guard let why = form["why"], why.contains(where: { !$0.isWhitespace }) else {
            let html = try await visit.ledger.read { snapshot in
                shutPage(
                    frame, access, try person(exchange, access, in: snapshot),
                    ["fault": frame.fault("legal-no-reason", field: "why")])
            }
            return frame.respond(html, status: .unprocessableContent)
        }
        let (handle, request) = try await visit.ledger.read { snapshot in
            let handle = try person(exchange, access, in: snapshot).handle
            return (handle, try snapshot.erasureRequest(of: handle))
        }
        guard let request else { return ConsoleFrame.redirect(to: "/console/people/\(handle)") }
        _ = try await visit.ledger.write { try $0.recordLegalAccess(to: handle, by: request, why: why) }
        let now = visit.server.clock.now()
        let inquiry = PersonInquiry(form)
        return try await visit.ledger.read { snapshot in
            let person = try person(exchange, access, in: snapshot)
            return try ConsolePersonPage(person, access, frame, in: snapshot, now: now, inquiry, why: why).response
        }
    }
}
