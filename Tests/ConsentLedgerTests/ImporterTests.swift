import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation
import Testing

@Suite struct ImporterTests {
    private let ana = try! ContactAddress(parsing: "+34600111222")
    private let luis = try! ContactAddress(parsing: "+34600111444")

    private static func twilio(
        _ contact: String, _ status: String, id: Int, date: String? = "2023-11-15T00:00:00Z",
        sender: String = "+34910000001"
    ) -> String {
        let digits = String(id, radix: 16)
        let uuid = String(repeating: "0", count: 32 - digits.count) + digits
        let time = date.map { #","date_of_consent":"\#($0)""# } ?? ""
        return
            #"{"contact_id":"\#(contact)","correlation_id":"\#(uuid)","sender_id":"\#(sender)","status":"\#(status)","#
            + #""source":"website"\#(time)}"# + "\n"
    }

    private func notice(_ options: inout ImportOptions) { options.notice = "web" }

    @Test func twilioFromEndToEnd() async throws {
        let it = try ImporterWorld()
        it.world.clock.pass(3 * 86_400_000)
        let file =
            Self.twilio("+34600111222", "opt-in", id: 1) + Self.twilio("12", "opt-in", id: 2)
            + Self.twilio("+34600111444", "opt-in", id: 3) + Self.twilio("+34600111222", "perhaps", id: 4)
            + Self.twilio("+34600111444", "opt-out", id: 5, date: "2023-11-16T00:00:00Z")
            + Self.twilio("+34600111222", "opt-in", id: 6, sender: "MG9")
            + Self.twilio("+34600111222", "opt-in", id: 7, date: "2033-11-16T00:00:00Z")
        let results = try it.run(.twilio, file, notice)
        let words = [
            "recorded", "rejected:", "recorded", "rejected:unknown-value", "recorded", "rejected:unknown-value",
            "rejected:from-the-future",
        ]
        for (result, word) in zip(results, words) { #expect(result.word.hasPrefix(word), "\(result)") }
        let messages = results.map { TwilioImport.Answer(to: $0).errorMessages }
        #expect(
            messages == [
                [], ["INVALID_CONTACT_ID"], [], ["INVALID_STATUS"], [], ["INVALID_SENDER_ID"],
                ["INVALID_DATE_OF_CONSENT"],
            ])
        #expect(results.map(\.position.row) == Array(1...7))
        #expect(results[4].correlationID == String(repeating: "0", count: 31) + "5")
        #expect(try it.answer(ana, sender: "ventas") == .allow)
        #expect(try it.answer(luis, sender: "ventas") == .deny)
        try await it.verify()
    }

    @Test func csvFromEndToEnd() async throws {
        let it = try ImporterWorld()
        it.world.clock.pass(3 * 86_400_000)
        let file = """
            contact,status,date,category,channel,ip,note
            +34600111222,subscribed,2023-11-16,marketing,whatsapp,192.0.2.1,
            3.46E+10,subscribed,2023-11-16,marketing,whatsapp,,
            +34600111444,subscribed,2023-11-16,weather,whatsapp,,
            +34600111444,unsubscribed,2999-01-01,weather,telegram,,"left, by phone"
            ana@example.com,subscribed,04/03/2023,marketing,whatsapp,,
            ,unsubscribed,,,,,
            """
        let results = try it.run(.csv, file, notice)
        #expect(
            results.map(\.word) == [
                "recorded", "rejected:spreadsheet-damage", "rejected:unknown-category", "recorded", "rejected:time",
                "rejected:missing",
            ])
        #expect(results[3].remarks.count == 3)
        let left = try #require(try it.events(luis).last)
        #expect(left.flags == ["category-unknown", "channel-unknown", "time-clamped"])
        #expect(left.categories == nil && left.channels == nil)
        #expect(try it.answer(ana) == .allow)
        let given = try #require(try it.events(ana).last)
        #expect(given.isImported && given.occurredAt?.precision == OccurredAt.day)
        try await it.verify()
    }

    /// The same file again, after a reopening, and in other chunks.
    @Test(arguments: ImportOptions.Format.allCases)
    func theSameFileAgainAppendsNothing(_ format: ImportOptions.Format) async throws {
        let it = try ImporterWorld()
        it.world.clock.pass(3 * 86_400_000)
        let file: String
        switch format {
        case .csv:
            file = """
                contact,status,date,note
                +34600111222,subscribed,2023-11-16,
                +34600111222,unsubscribed,,"two
                lines"
                +34600111444,unsubscribed,2999-01-01,
                +34600111444,unsubscribed,,
                +34600111444,unsubscribed,,
                """
        case .twilio:
            file =
                Self.twilio("+34600111222", "opt-in", id: 1)
                + Self.twilio("+34600111222", "opt-out", id: 2, date: nil)
                + Self.twilio("+34600111444", "opt-out", id: 3, date: "2999-01-01", sender: "MG9")
        case .whatsapp:
            file =
                Webhook.text("STOP", from: "34600111222", user: "ES.1", id: "1", at: "1800000000")
                + Webhook.text("no me escriban más", from: "34600111444", user: "ES.2", id: "2", at: "")
                + Webhook.preference("stop", phone: "34600111444", at: "1800000000")
                + Webhook.changed(from: "34600111444", to: "34600111555", id: "3", at: it.second())
                + Webhook.text("ALTA", from: "34600111555", id: "4", at: it.second())
                + Webhook.text("hola", from: "34600111555", user: "ES.2", id: "5", at: it.second())
        }
        let first = try it.run(format, file, notice)
        #expect(first.allSatisfy { $0.index != nil || $0.word == "nothing" }, "\(first.map(\.word))")
        let size = try it.size
        for chunk in [1, 7, 65_536] {
            let again = try it.run(format, file, chunk: chunk, notice)
            #expect(again.allSatisfy { ["already-recorded", "nothing"].contains($0.word) }, "\(again.map(\.word))")
            #expect(again.map(\.index) == first.map(\.index))
        }
        try it.writer.close()
        it.world.clock.pass(86_400_000)
        let reopened = try it.world.open(label: "again")
        #expect(try it.run(format, file, chunk: 11, writer: reopened, notice).map(\.index) == first.map(\.index))
        try reopened.close()
        #expect(try it.size == size)
        try await it.verify()
    }

    @Test func anImportNeverRevives() async throws {
        let it = try ImporterWorld()
        try it.writer.append(it.world.optOut(ana))
        it.world.clock.pass(3 * 86_400_000)
        #expect(
            try it.run(.csv, "contact,status,date\n+34600111222,subscribed,2023-11-16\n", notice)[0].word == "recorded")
        #expect(try it.answer(ana) == .deny)
        #expect(try it.run(.twilio, Self.twilio("+34600111222", "re-opt-in", id: 1), notice)[0].word == "recorded")
        #expect(try it.answer(ana, sender: "ventas") == .deny)
        try await it.verify()
    }

    /// Without a time, a suppression list says who is out now. Where the person came back in between, it is news.
    @Test func anUndatedOptOutAfterAReturnIsAnotherOne() async throws {
        let it = try ImporterWorld()
        let list = "contact,id\n+34600111222,4711\n"
        var csv = CSVImport.Options()
        csv.status = .optOut
        func run() throws -> String { try it.run(.csv, list, csv: csv)[0].word }
        try it.writer.append(it.world.optIn(ana))
        #expect(try run() == "recorded")
        #expect(try run() == "already-recorded")
        it.world.clock.pass(5_000)
        try it.writer.append(it.world.optIn(ana))
        #expect(try it.answer(ana) == .allow)
        #expect(try run() == "recorded")
        #expect(try it.answer(ana) == .deny)
        #expect(try run() == "already-recorded")
        // A dated one is what it was.
        let dated = "contact,date\n+34600111444,2023-11-14\n"
        #expect(try it.run(.csv, dated, csv: csv)[0].word == "recorded")
        it.world.clock.pass(3 * 86_400_000)
        try it.writer.append(it.world.optIn(luis))
        #expect(try it.run(.csv, dated, csv: csv)[0].word == "already-recorded")
        #expect(try it.answer(luis) == .allow)
        try await it.verify()
    }

    /// An opt-out that was voided no longer stands: the list that says so again is news.
    @Test func anUndatedOptOutThatWasVoidedIsAnotherOne() async throws {
        let it = try ImporterWorld()
        var csv = CSVImport.Options()
        csv.status = .optOut
        func run() throws -> String { try it.run(.csv, "contact\n+34600111222\n", csv: csv)[0].word }
        try it.writer.append(it.world.optIn(ana))
        for _ in 0..<3 {
            #expect(try run() == "recorded")
            #expect(try run() == "already-recorded")
            #expect(try it.answer(ana) == .deny)
            var void = EventDraft(.eventVoided, business: "acme", contact: ana)
            void.fields = [.concerns: .bytes(try #require(it.events(ana).last).id.bytes)]
            try it.writer.append(void)
            #expect(try it.answer(ana) == .allow)
        }
        #expect(try run() == "recorded")
        #expect(try it.answer(ana) == .deny)
        try await it.verify()
    }

    @Test func cancelledInTheMiddleItGoesOn() async throws {
        let it = try ImporterWorld()
        it.world.clock.pass(3 * 86_400_000)
        let rows = (0..<6_000).map { "+34600\(100_000 + $0),subscribed,2023-11-16" }
        let file = "contact,status,date\n" + rows.joined(separator: "\n")
        let first = try it.run(
            .csv, file, chunk: 1_000,
            cancelledAfter: 30, notice)
        #expect(!first.isEmpty && first.count < 6_000 && first.allSatisfy { $0.word == "recorded" })
        let second = try it.run(.csv, file, notice)
        #expect(second.map(\.word).prefix(first.count).allSatisfy { $0 == "already-recorded" })
        #expect(second.map(\.word).dropFirst(first.count).allSatisfy { $0 == "recorded" })
        #expect(second.map(\.position.row) == Array(1...6_000))
        try await it.verify()
    }

    @Test func twentyThousandRowsOfThreeThousandPeople() async throws {
        let it = try ImporterWorld()
        it.world.clock.pass(3 * 86_400_000)
        let rows = (0..<20_000).map { "+34600\(100_000 + $0 * 7 % 3_000),subscribed,2023-11-\(15 + $0 / 10_000),\($0)" }
        var most = 0
        var options = ImportOptions(format: .csv, business: "acme")
        options.notice = "web"
        var rest = Array(("contact,status,date,id\n" + rows.joined(separator: "\n")).utf8)[...]
        let summary = try Importer(it.writer, options: options).run(
            CSVImport(options: CSVImport.Options()),
            nextChunk: {
                defer { rest = rest.dropFirst(100_000) }
                return rest.isEmpty ? nil : Array(rest.prefix(100_000))
            }, results: { most = max(most, $0.count) })
        #expect(summary.recorded == 20_000 && summary.isComplete && most <= 4_096)
        let log = try await it.verify()
        #expect(Set(log.entries.flatMap(\.record.handles)).count == 3_000)
    }

    @Test func aDryRunSaysWhatWouldBeAndChangesNothing() async throws {
        let it = try ImporterWorld()
        let size = try it.size
        let file = """
            contact,status,date,category
            +34600111222,subscribed,2023-11-10,marketing
            +34600111222,subscribed,2999-01-01,marketing
            +34600111222,subscribed,2023-11-10,offers
            +34600111222,subscribed,2023-11-10,weather
            +34600111222,unsubscribed,2999-01-01,weather
            """
        let dry = try it.run(.csv, file) {
            $0.notice = "web"
            $0.isDryRun = true
        }
        #expect(try it.size == size && dry.allSatisfy { $0.index == nil })
        #expect(try it.events(ana).isEmpty)
        #expect(try it.run(.csv, file, notice).map(\.word) == dry.map(\.word))
        try await it.verify()
    }

    @Test func optInsFailClosed() async throws {
        let it = try ImporterWorld()
        func word(_ row: String, _ change: (inout ImportOptions) -> Void) throws -> String {
            try it.run(.csv, "contact,status,date,expires,sender,category,channel\n\(row)\n", change)[0].word
        }
        let row = "+34600111222,subscribed,2023-11-10,,,,"
        #expect(try word(row) { _ in } == "rejected:missing", "no notice")
        #expect(try word(row) { $0.notice = "none" } == "rejected:unknown-notice")
        #expect(try word(row) { $0.isNoticeUnknown = true } == "rejected:missing", "no channel")
        #expect(try word("+34600111222,subscribed,2023-11-10,,x,,", notice) == "rejected:unknown-value", "the sender")
        #expect(try word("+34600111222,subscribed,2023-11-10,,,,push", notice) == "rejected:wider-than-notice")
        #expect(try word("+34600111222,subscribed,2023-11-10,yesterday,,,", notice) == "rejected:time")
        #expect(try word("+34600111222,subscribed,2023-11-10,,,,telegram", notice).hasPrefix("rejected"))
        #expect(try it.events(ana).isEmpty)
        let unknown = try word("+34600111222,subscribed,2023-11-10,,,marketing,whatsapp") { $0.isNoticeUnknown = true }
        #expect(unknown == "recorded")
        #expect(try it.answer(ana) == .deny)
        #expect(try it.events(ana).last?.flags == ["notice-text-unknown"])
        try await it.verify()
    }

    @Test func anOptInNamesTheWordsOfItsTime() async throws {
        let it = try ImporterWorld()
        let old = Array("Acepto ofertas de Acme Viajes por WhatsApp. BAJA para salir.".utf8)
        var draft = LedgerWorld.noticeDraft("acme", text: old)
        draft.type = .noticeReconstructed
        draft.fields[.shownFrom] = .number(1_600_000_000_000)
        draft.fields[.shownUntil] = .number(1_690_000_000_000)
        try it.writer.append(draft)
        it.world.clock.pass(3 * 86_400_000)
        let file = "contact,status,date\n+34600111222,subscribed,2022-05-01\n+34600111444,subscribed,2023-11-16\n"
        #expect(try it.run(.csv, file, notice).map(\.word) == ["recorded", "recorded"])
        for person in [ana, luis] { #expect(try it.answer(person) == .allow) }
        try await it.verify()
    }

    @Test func aSourceThatMayNotSpeakStillStatesOptOuts() async throws {
        let it = try ImporterWorld()
        let key = try it.writer.makeSourceKey("crm")
        var source = EventDraft(.sourceAuthorized)
        source.fields = [
            .authorizedSource: .text("crm"), .publicKey: .bytes(key.publicKey), .custody: .text("ledger"),
            .proofOfPossession: .bytes(key.proof),
        ]
        try it.writer.append(source)
        try it.writer.append(it.world.optIn(ana))
        let user = try ContactAddress(whatsAppUser: "ES.1")
        try it.writer.append(it.world.optIn(user))
        var revoked = EventDraft(.sourceRevoked)
        revoked.fields = [.authorizedSource: .text("crm")]
        try it.writer.append(revoked)
        it.world.clock.pass(5_000)
        // The link is refused, so that the stop is recorded for both addresses.
        let stop = Webhook.text("STOP", from: "34600111222", user: "ES.1", id: "1", at: it.second())
        let results = try it.run(.whatsapp, stop) { $0.source = "crm" }
        #expect(results[0].word == "recorded" && results[0].remarks.count == 2)
        #expect(try it.events(ana).last?.flags == ["source-not-authorized"])
        for contact in [ana, user] { #expect(try it.answer(contact) == .deny) }
        let size = try it.size
        #expect(try it.run(.whatsapp, stop) { $0.source = "crm" }[0].word == "already-recorded")
        #expect(try it.size == size)
        // Nobody has the key of this one.
        try it.writer.append(it.world.optIn(luis))
        it.world.clock.pass(5_000)
        let unknown = Webhook.text("STOP", from: "34600111444", id: "2", at: it.second())
        #expect(try it.run(.whatsapp, unknown) { $0.source = "shop" }[0].word == "recorded")
        #expect(try it.answer(luis) == .deny)
        #expect(try it.events(luis).last?.flags == ["source-not-authorized"])
        let optIn = "contact,status,date\n+34600111222,subscribed,2023-11-10\n"
        for source in ["crm", "shop"] {
            for isDryRun in [true, false] {
                let result = try it.run(.csv, optIn) {
                    $0.notice = "web"
                    $0.source = source
                    $0.isDryRun = isDryRun
                }
                #expect(result[0].word.hasPrefix("rejected"))
            }
        }
        try await it.verify()
    }

    /// A number that sends by two channels is two senders; a stop to it stops both.
    @Test func aStopToANumberOfTwoSendersStopsBoth() async throws {
        let it = try ImporterWorld()
        var sender = EventDraft(.senderDefined, business: "acme")
        sender.fields = [
            .sender: .text("avisos"), .addresses: .list(["+34910000001"]), .channels: .list(["sms"]),
        ]
        try it.writer.append(sender)
        try it.writer.append(it.world.optIn(ana))
        it.world.clock.pass(3 * 86_400_000)
        #expect(try it.run(.twilio, Self.twilio("+34600111222", "opt-out", id: 1))[0].word == "recorded")
        #expect(try it.answer(ana, sender: "ventas") == .deny)
        #expect(try it.events(ana).last?.senders == ["avisos", "ventas"])
        try await it.verify()
    }

    /// What `--channel` and `--category` say of the file narrows no opt-out that said something else, which was not read.
    @Test func theFilesScopeNarrowsNothingUnread() async throws {
        let it = try ImporterWorld()
        let file = "contact,status,note,channel,category\n+34600111222,unsubscribed,\"a\"b,sms,offers\n"
        let results = try it.run(.csv, file) {
            $0.channels = ["email"]
            $0.categories = ["offers"]
        }
        #expect(results[0].word == "recorded")
        let left = try #require(try it.events(ana).last)
        #expect(left.channels == nil && left.categories == nil)
        #expect(left.flags == ["category-unknown", "channel-unknown", "time-unknown"])
        try await it.verify()
    }

    /// Whatever is wrong with an item of Twilio's beside its contact and status.
    @Test func twilioOptOutsAreTakenWithEveryFault() async throws {
        let it = try ImporterWorld()
        let long = String(repeating: "x", count: 70_000)
        let file = """
            {"contact_id":"+34600111222","status":"opt-out","source":"\(long)","sender_id":7,"date_of_consent":[]}
            {"contact_id":"+34600111444","status":"opt-out","correlation_id":"\(long)","sender_id":"\(long)"}
            {"contact_id":"12","status":"perhaps","correlation_id":"1","date_of_consent":"soon"}
            """
        let results = try it.run(.twilio, file)
        #expect(results.map(\.word) == ["recorded", "recorded", "rejected:unknown-value"])
        #expect(results[0].remarks.count == 4 && results[1].remarks.count == 3)
        for contact in [ana, luis] {
            #expect(try it.events(contact).last?.flags == ["sender-unknown", "time-unknown"])
        }
        #expect(
            TwilioImport.Answer(to: results[2]).errorMessages == [
                "INVALID_STATUS", "INVALID_CORRELATION_ID", "INVALID_SENDER_ID", "INVALID_SOURCE",
                "INVALID_DATE_OF_CONSENT",
            ])
        try await it.verify()
    }

    @Test func whatIsTooLongDoesNotLoseAnOptOut() async throws {
        let it = try ImporterWorld()
        var csv = CSVImport.Options()
        csv.encoding = .latin1
        csv.status = .optOut
        // Read as Latin-1, each of its 60,000 bytes becomes two.
        let note = String(repeating: "é", count: 30_000)
        let id = String(repeating: "7", count: 60_000)
        func file(_ note: String) -> String { "contact,note,id\n+34600111222,\(note),\(id)\n" }
        let results = try it.run(.csv, file(note), csv: csv)
        #expect(results[0].word == "recorded" && results[0].remarks.count == 1)
        #expect(try it.run(.csv, file(note), csv: csv)[0].word == "already-recorded")
        #expect(try it.run(.csv, file("other"), csv: csv)[0].word == "recorded", "the id again, with something else")
        try await it.verify()
    }
}

/// The examples of Documentation/importing.md come to what it says.
@Suite struct ImporterDocumentationTests {
    private func examples(_ language: String) throws -> [String] {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: "Documentation/importing.md"), encoding: .utf8)
        return text.components(separatedBy: "```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    @Test func examplesComeToWhatIsSaid() async throws {
        let it = try ImporterWorld()
        it.world.clock.pass(3 * 86_400_000)
        let csv = try #require(try examples("csv").first)
        let rows = try it.run(.csv, csv) {
            $0.notice = "web"
            $0.defaultRegion = "ES"
        }
        #expect(
            rows.map(\.word) == ["recorded", "recorded", "rejected:spreadsheet-damage", "rejected:unknown-value"])
        let others = try examples("jsonl")
        #expect(others.count == 2)
        let twilio = try it.run(.twilio, others[0]) { $0.notice = "web" }
        #expect(twilio.map(\.outcome.name) == ["recorded", "recorded", "rejected"])
        #expect(TwilioImport.Answer(to: twilio[2]).errorMessages == ["INVALID_CONTACT_ID"])
        let webhooks = try it.run(.whatsapp, others[1])
        #expect(webhooks.map(\.word) == ["recorded", "recorded", "held-for-review", "nothing"])
        try await it.verify()
    }
}
