import ConsentAudit
import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

/// The log as an auditor reads it from the storage of a test.
struct StoredLog: LogReader {
    let storage: any LedgerStorage

    func read(_ path: String) throws -> [UInt8]? { try storage.read(StoragePath("log/" + path)) }

    func list(_ directory: String) throws -> [String] {
        try storage.list(StoragePath(directory.isEmpty ? "log" : "log/" + directory))
    }
}

/// A ledger in memory into which files are imported. The business acme has the sender `ventas` (one number for WhatsApp)
/// and the category `order-update`, which rests on contract.
struct ImporterWorld {
    let world: LedgerWorld
    let writer: LedgerWriter
    static let number = "106540352242922"

    init() throws {
        (world, writer) = try LedgerWorld.make()
        var sender = EventDraft(.senderDefined, business: "acme")
        sender.fields = [
            .sender: .text("ventas"), .addresses: .list([Self.number, "+34910000001"]), .channels: .list(["whatsapp"]),
        ]
        try writer.append(sender)
        var category = EventDraft(.categoryDefined, business: "acme")
        category.fields = [
            .category: .text("order-update"), .categoryClass: .text("utility"), .basis: .text("contract"),
        ]
        try writer.append(category)
    }

    /// The time of now in whole seconds, as webhooks tell it; goes on to the next second after.
    func second() -> String {
        let now = world.clock.moment.milliseconds
        world.clock.pass(2_000 - now % 1_000)
        return String(now / 1000)
    }

    var size: UInt64 { get throws { try Ledger(world.location).read { $0.size } } }

    /// Imports `text` and returns the results in the order in which they came.
    @discardableResult
    func run(
        _ format: ImportOptions.Format, _ text: String, chunk: Int = 65_536, writer other: LedgerWriter? = nil,
        csv: CSVImport.Options = CSVImport.Options(), cancelledAfter chunks: Int = .max,
        _ change: (inout ImportOptions) -> Void = { _ in }
    ) throws -> [ImportResult] {
        var options = ImportOptions(format: format, business: "acme")
        change(&options)
        let parser: any ImportParser =
            switch format {
            case .csv: try CSVImport(options: csv)
            case .twilio: TwilioImport()
            case .whatsapp: WhatsAppImport()
            }
        var rest = Array(text.utf8)[...]
        var results: [ImportResult] = []
        var read = 0
        let summary = try Importer(other ?? writer, options: options).run(
            parser,
            nextChunk: {
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(chunk) }
                read += 1
                return Array(rest.prefix(chunk))
            }, isCancelled: { read > chunks }, results: { results += $0 })
        #expect(summary.total == results.count)
        return results
    }

    func answer(
        _ contact: ContactAddress, category: String = "marketing", channel: String = "whatsapp", sender: String? = nil
    ) throws -> Decision.Outcome {
        try Ledger(world.location).read { snapshot in
            let question = Question(
                business: "acme", channel: channel, category: category, sender: sender,
                at: world.clock.moment.adding(milliseconds: 1000), assertedBasis: nil)
            return try snapshot.decide(question, contact: contact).decision.outcome
        }
    }

    /// The events about the contact, in order.
    func events(_ contact: ContactAddress) throws -> [Event] {
        try writer.timelines(of: [(contact, "acme")])[0]?.entries.compactMap { entry in
            if case .event(let event) = entry.payload { event } else { nil }
        } ?? []
    }

    /// Closes the ledger and has all of it checked, by this module's tests and by the auditor's verifier.
    @discardableResult
    func verify(sourceLocation: SourceLocation = #_sourceLocation) async throws -> CheckedLog {
        try writer.close()
        let log = try world.check(sourceLocation: sourceLocation)
        let report = try await Verifier(reader: StoredLog(storage: world.storage)).verify(level: .replay)
        #expect(report.holds, "\(report.findings)", sourceLocation: sourceLocation)
        return log
    }
}

/// Webhook bodies of the WhatsApp Cloud API.
enum Webhook {
    static func body(
        _ value: String, field: String = "messages", contacts: [(phone: String?, user: String?)] = [],
        number: String = ImporterWorld.number
    ) -> String {
        let people = contacts.map { contact in
            "{"
                + [contact.phone.map { "\"wa_id\":\"\($0)\"" }, contact.user.map { "\"user_id\":\"\($0)\"" }]
                .compactMap(\.self).joined(separator: ",") + "}"
        }
        return #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"\#(field)","value":{"#
            + #""metadata":{"phone_number_id":"\#(number)"},"contacts":[\#(people.joined(separator: ","))],\#(value)}}]}]}"#
            + "\n"
    }

    static func text(
        _ text: String, from phone: String?, user: String? = nil, id: String, at time: String,
        number: String = ImporterWorld.number
    ) -> String {
        let from = phone.map { #""from":"\#($0)","# } ?? user.map { #""from_user_id":"\#($0)","# } ?? ""
        return body(
            #""messages":[{\#(from)"id":"\#(id)","timestamp":"\#(time)","type":"text","text":{"body":"\#(text)"}}]"#,
            contacts: [(phone, user)], number: number)
    }

    static func button(_ label: String, from phone: String, id: String, at time: String) -> String {
        body(
            #""messages":[{"from":"\#(phone)","id":"\#(id)","timestamp":"\#(time)","type":"button","#
                + #""button":{"text":"\#(label)","payload":"\#(label)"}}]"#, contacts: [(phone, nil)])
    }

    static func preference(
        _ value: String, phone: String, at time: String, number: String = ImporterWorld.number,
        category: String = "marketing_messages"
    ) -> String {
        body(
            #""user_preferences":[{"wa_id":"\#(phone)","category":"\#(category)","value":"\#(value)","timestamp":\#(time)}]"#,
            field: "user_preferences", contacts: [(phone, nil)], number: number)
    }

    /// That the platform counts a template as something else; `category` as WhatsApp writes it, `nil` where it is to come.
    static func recategorized(
        _ template: String, _ language: String, to category: String?, at time: String
    ) -> String {
        let new = category.map { #","new_category":"\#($0)""# } ?? ""
        return
            #"{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","time":\#(time),"changes":[{"value":"#
            + #"{"message_template_id":278077987957091,"message_template_name":"\#(template)","#
            + #""message_template_language":"\#(language)","previous_category":"UTILITY"\#(new)},"#
            + #""field":"template_category_update"}]}]}"# + "\n"
    }

    static func undelivered(_ code: Int, to phone: String, id: String, at time: String) -> String {
        body(
            #""statuses":[{"id":"\#(id)","recipient_id":"\#(phone)","status":"failed","timestamp":"\#(time)","#
                + #""errors":[{"code":\#(code)}]}]"#)
    }

    static func changed(from old: String, to new: String, id: String, at time: String) -> String {
        body(
            #""messages":[{"from":"\#(old)","id":"\#(id)","timestamp":"\#(time)","type":"system","#
                + #""system":{"type":"user_changed_number","wa_id":"\#(new)","body":"User changed"}}]"#)
    }
}

extension ImportResult {
    /// The outcome in a word, with the code of a rejection.
    var word: String {
        if case .rejected(let code, _) = outcome { "rejected:" + code } else { outcome.name }
    }

    var index: UInt64? {
        switch outcome {
        case .recorded(let index), .heldForReview(let index): index
        case .alreadyRecorded(let index): index
        default: nil
        }
    }
}
