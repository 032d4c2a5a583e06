import Testing

@testable import ConsentLedger

@Suite struct ImportTwilioTests {
    private static let good =
        #"{"contact_id":"+12025550143","correlation_id":"02e1d6b5d2b54d2e8f7a0c3f6a1b9e44","sender_id":"MG0123","#
        + #""status":"opt-in","source":"website","date_of_consent":"2024-03-04T10:15:30Z"}"#

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    @Test(arguments: [
        "[\(good)]", "[ \(good) ]\n", good, good + "\n", "\u{FEFF}[\(good)]", "\n\n" + good, "\r\n  [\n\(good)\n]",
    ])
    func oneItemWrittenInManyWays(_ text: String) throws {
        for written in [text, text.replacing(Self.good, with: quoted(Self.good))] {
            for chunk in [1, 3, 65_536] {
                let read = try items(TwilioImport(), Array(written.utf8), chunk: chunk)
                let item = try #require(read.first)
                #expect(read.count == 1)
                #expect(item.intent == .optIn && item.contact == ImportItem.Contact("+12025550143"))
                #expect(item.senders == ["MG0123"] && item.method == "web-form")
                #expect(item.occurredAt == ImportTime(milliseconds: 1_709_547_330_000, precision: 1000))
                #expect(
                    item.correlationID == "02e1d6b5d2b54d2e8f7a0c3f6a1b9e44" && item.outsideID == item.correlationID)
            }
        }
    }

    private func changed(_ name: String, _ value: String?) throws -> ImportItem {
        var members = [
            ("contact_id", "\"+12025550143\""), ("correlation_id", "\"02e1d6b5d2b54d2e8f7a0c3f6a1b9e44\""),
            ("sender_id", "\"MG0123\""), ("status", "\"opt-in\""), ("source", "\"website\""),
            ("date_of_consent", "\"2024-03-04\""),
        ]
        members.removeAll { $0.0 == name }
        if let value { members.append((name, value)) }
        let text = "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
        return try #require(try items(TwilioImport(), text).first)
    }

    @Test(
        arguments: [
            ("contact_id", nil, "INVALID_CONTACT_ID"), ("contact_id", "\"\"", "INVALID_CONTACT_ID"),
            ("contact_id", "12025550143", "INVALID_CONTACT_ID"), ("correlation_id", nil, "INVALID_CORRELATION_ID"),
            ("correlation_id", "\"1\"", "INVALID_CORRELATION_ID"), ("sender_id", nil, "INVALID_SENDER_ID"),
            ("status", nil, "INVALID_STATUS"), ("status", "\"maybe\"", "INVALID_STATUS"),
            ("status", "true", "INVALID_STATUS"),
            ("source", "\"web\"", "INVALID_SOURCE"), ("source", nil, "INVALID_SOURCE"),
            ("date_of_consent", "\"yesterday\"", "INVALID_DATE_OF_CONSENT"),
            ("date_of_consent", "17", "INVALID_DATE_OF_CONSENT"),
            ("date_of_consent", "\"03/04/2024\"", "INVALID_DATE_OF_CONSENT"),
        ] as [(String, String?, String)])
    func refusalsAreInTwiliosShape(_ name: String, _ value: String?, _ message: String) throws {
        let item = try changed(name, value)
        let error = try #require(item.rejection)
        let answer = TwilioImport.Answer(correlationID: item.correlationID, faults: [error])
        let id = name == "correlation_id" ? (value == nil ? "" : "1") : "02e1d6b5d2b54d2e8f7a0c3f6a1b9e44"
        #expect(
            answer.description == #"{"correlation_id":"\#(id)","error_code":30646,"error_messages":["\#(message)"]}"#)
    }

    @Test func anItemThatWasTakenHasNoError() throws {
        let item = try changed("date_of_consent", nil)
        #expect(item.intent == .optIn && item.occurredAt == nil)
        #expect(
            TwilioImport.Answer(correlationID: item.correlationID, faults: []).description
                == #"{"correlation_id":"02e1d6b5d2b54d2e8f7a0c3f6a1b9e44","error_code":0,"error_messages":[]}"#)
    }

    @Test func anOptOutIsTakenWhateverElseIsWrong() throws {
        let item = try #require(
            try items(TwilioImport(), #"{"contact_id":"+12025550143","status":"opt-out","date_of_consent":"soon"}"#)
                .first)
        #expect(item.intent == .optOut && item.occurredAt == nil && item.outsideID == nil)
        #expect(item.doubts.map(\.field) == ["correlation-id", "sender", "method", "occurred-at"])
    }

    @Test func comingBackIsAnOptIn() throws {
        for status in ["re-opt-in", "Re-opt in", "OPT-IN", "opt_in"] {
            #expect(try changed("status", "\"\(status)\"").intent == .optIn)
        }
    }

    /// A broken element costs itself; those after it are read.
    @Test(arguments: [
        "{}", "12", "null", "[]", "{\"a\":1", "{\"a\":\"open}", "\"open", "{\"a\":{\"b\":[1,2]}}", "{\"a\":1}}", "{]",
        "nonsense",
        "\"{\\\"a\\\":\"", "{\"a\": \"\\q\"}", "{\"a\":1,\"a\":2}",
        "{\"a\":\"\(String(repeating: "x", count: 70_000))\"}",
        "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1",
    ])
    func brokenElementsStopNothing(_ broken: String) throws {
        for text in ["[\n\(Self.good),\n\(broken),\n\(Self.good)\n]", "\(Self.good)\n\(broken)\n\(Self.good)\n"] {
            for chunk in [broken.utf8.count < 1_000 ? 1 : 5_000, 200_000] {
                let read = try items(TwilioImport(), Array(text.utf8), chunk: chunk)
                #expect(read.first?.intent == .optIn && read.filter { $0.intent == .optIn }.count == 2)
                #expect(read.contains { $0.rejection != nil })
                #expect(read.last { $0.intent == .optIn }?.position.line == (text.hasPrefix("[") ? 4 : 3))
            }
        }
    }

    @Test func whatIsNoArrayOrIsCutOffIsTold() throws {
        #expect(throws: ImportError.self) { try items(TwilioImport(), "") }
        #expect(throws: ImportError.self) { try items(TwilioImport(), " \n") }
        #expect(try items(TwilioImport(), "[]").isEmpty)
        for text in ["[", "[\(Self.good)", "[\(Self.good),"] {
            #expect(try items(TwilioImport(), text).last?.rejection == ImportError(.malformed, ""))
        }
        #expect(try items(TwilioImport(), "[\(Self.good)] {}").last?.rejection == ImportError(.malformed, ""))
    }

    /// Nothing that opens without closing makes the reader look at the same bytes over and over.
    @Test(arguments: ["{", "[", "{\"", "{\"a\":", "\"", "{:", "}", "]{", "\\", "{\"a\":[{", "[{"])
    func manyOpeningsAreReadOnce(_ opening: String) throws {
        let text = "[" + String(repeating: opening, count: 200_000 / opening.utf8.count)
        #expect(try items(TwilioImport(), text).allSatisfy { $0.rejection != nil })
    }
}
