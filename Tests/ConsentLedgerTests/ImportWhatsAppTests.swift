import Testing

@testable import ConsentLedger

@Suite struct ImportWhatsAppTests {
    private static let contacts = #""contacts":[{"profile":{"name":"Ana"},"wa_id":"34600111222","user_id":"ES.123"}],"#
    private static let metadata =
        #""metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"}"#

    private func body(_ value: String, field: String = "messages", contacts: String = contacts) -> String {
        #"{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":"#
            + #"{"messaging_product":"whatsapp",\#(Self.metadata),\#(contacts)\#(value)},"field":"\#(field)"}]}]}"#
    }

    private func message(_ content: String, type: String = "text", contacts: String = contacts) -> String {
        body(
            #""messages":[{"from":"34600111222","id":"wamid.1","timestamp":"1709547330","type":"\#(type)",\#(content)}]"#,
            contacts: contacts)
    }

    private func only(_ text: String) throws -> ImportItem {
        let read = try items(WhatsAppImport(), text)
        #expect(read.count == 1)
        return try #require(read.first)
    }

    private let phone = ImportItem.Contact("34600111222", notation: .whatsAppID)
    private let user = ImportItem.Contact("ES.123", notation: .whatsAppUser)

    /// What is of a kind that nobody knows names whom it may be about, each once; what is known to be of nobody is nothing.
    @Test func aChangeOfAnUnknownKind() throws {
        let value =
            #""deep":[{"list":[{"wa_id":"34600111333"},{"user_id":"ES.123","note":"x"}]},{"from":"34600111333","recipient_id":"15550783881"},{"from":"yesterday"}]"#
        let read = try items(WhatsAppImport(), body(value, field: "user_blocks"))
        #expect(read.map(\.contact) == [phone, ImportItem.Contact("34600111333", notation: .whatsAppID)])
        #expect(read.map(\.otherContacts) == [[user], []])
        #expect(Set(read.compactMap(\.outsideID)).count == 2)
        for item in read {
            guard case .rejected(let error) = item.intent else {
                Issue.record("\(item)")
                continue
            }
            #expect(error.code == .unknownValue)
            #expect(item.privateValue("text")?.contains("user_blocks") == true)
            guard case .possibleOptOut = item.heldWhereUnknown.intent else {
                Issue.record("it is not held")
                continue
            }
        }
        let nobody = try only(body(#""phase":"full""#, field: "lunar_phases", contacts: ""))
        guard case .rejected(let error) = nobody.intent else {
            Issue.record("\(nobody)")
            return
        }
        #expect(error.code == .unknownValue && nobody.contact == nil)
        for field in ["account_update", "message_template_status_update", "calls"] {
            guard case .nothing = try only(body(#""event":"x""#, field: field)).intent else {
                Issue.record("\(field)")
                continue
            }
        }
    }

    @Test func aStopWord() throws {
        let item = try only(
            message(#""text":{"body":" ¡Baja! gracias "},"context":{"from":"15550783881","id":"wamid.0"}"#))
        #expect(item.intent == .optOut && item.contact == phone && item.otherContacts == [user])
        #expect(item.channels == nil && item.categories == nil && item.arrivedBy == "whatsapp")
        #expect(item.senders == ["106540352242922", "15550783881"])
        #expect(item.occurredAt == ImportTime(milliseconds: 1_709_547_330_000, precision: 1000) && !item.isReceiptTime)
        #expect(item.outsideID == "wamid.1" && item.method == "keyword")
        #expect(item.privateValue("message-id") == "wamid.1" && item.privateValue("context-message-id") == "wamid.0")
        #expect(item.privateValue("text") == " ¡Baja! gracias ")
    }

    @Test(arguments: [
        ("text", #""text":{"body":"STOP"}"#, "out"),
        ("text", #""text":{"body":"Hola, ¿a qué hora abren?"}"#, "nothing"),
        ("text", #""text":{"body":"no me escriban más"}"#, "possible"), ("text", #""text":{"body":"ALTA"}"#, "resume"),
        ("text", #""text":{"body":"START"}"#, "resume"), ("text", #""text":{"body":"yes"}"#, "confirm"),
        ("text", #""text":{"body":"SÍ"}"#, "confirm"), ("text", #""text":{"body":"Stop promotions"}"#, "marketing"),
        ("text", #""text":{}"#, "unknown"), ("text", #""text":"STOP""#, "unknown"),
        ("button", #""button":{"text":"Baja","payload":"x"}"#, "out"),
        ("button", #""button":{"title":"STOP"}"#, "unknown"), ("order", #""order":{"text":"STOP"}"#, "out"),
        ("order", #""order":{"text":"Sin cebolla","product_items":[]}"#, "nothing"),
        ("order", #""order":{}"#, "nothing"),
        ("button", #""button":{"text":"Dejar esto","payload":"STOP"}"#, "out"),
        ("button", #""button":{"text":"Stop promotions","payload":"Stop promotions"}"#, "marketing"),
        ("button", #""button":{"text":"Cancelar","payload":"cancelar_cita"}"#, "possible"),
        ("button", #""button":{"text":"Ver ofertas","payload":"offers"}"#, "nothing"),
        ("interactive", #""interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"BAJA"}}"#, "out"),
        ("interactive", #""interactive":{"type":"list_reply","list_reply":{"id":"STOP_ALL","title":"Menos"}}"#, "out"),
        ("interactive", #""interactive":{"type":"list_reply","list_reply":{"id":"1","title":"Alta"}}"#, "resume"),
        (
            "interactive",
            #""interactive":{"type":"list_reply","list_reply":{"id":"start","title":"Ver horarios"}}"#, "nothing"
        ),
        (
            "interactive",
            #""interactive":{"type":"button_reply","button_reply":{"id":"confirm","title":"Confirmar cita"}}"#,
            "nothing"
        ),
        ("button", #""button":{"text":"Iniciar","payload":"alta"}"#, "nothing"),
        ("text", #""text":{"body":"Voltar"}"#, "nothing"),
        ("interactive", #""interactive":{"type":"nfm_reply","nfm_reply":{"body":"STOP"}}"#, "possible"),
        (
            "interactive", form(#"{\"flow_token\":\"7\",\"name\":\"Ana\",\"slot\":\"10:30\"}"#), "nothing"
        ),
        ("interactive", form(#"{\"flow_token\":\"7\",\"unsubscribe\":true}"#), "possible"),
        ("interactive", form(#"{\"unsubscribe\":false,\"opt_out\":[],\"stop\":\"no\",\"baja\":null}"#), "nothing"),
        ("interactive", form(#"{\"screen_0_opt_out_1\":\"0_yes\"}"#), "possible"),
        ("interactive", form(#"{\"remarks\":[{\"text\":\"no me escriban más\"}]}"#), "possible"),
        ("interactive", form(#"{\"remarks\":\"START\"}"#), "nothing"), ("interactive", form("STOP"), "possible"),
        ("interactive", #""interactive":{"type":"call_permission_reply","call_permission_reply":{}}"#, "nothing"),
        ("interactive", #""interactive":{"type":"new_kind","new_kind":{"title":"STOP"}}"#, "unknown"),
        ("interactive", #""interactive":{}"#, "unknown"),
        ("image", #""image":{"id":"9","caption":"stop please"}"#, "out"), ("image", #""image":{"id":"9"}"#, "nothing"),
        ("video", #""video":{"id":"9","caption":"Unsubscribe."}"#, "out"),
        ("document", #""document":{"id":"9","caption":"ARRÊT"}"#, "out"),
        ("audio", #""audio":{"id":"9"}"#, "nothing"), ("reaction", #""reaction":{"emoji":"👎"}"#, "nothing"),
        ("text", #""group_id":"g1","text":{"body":"STOP"}"#, "possible"),
        ("text", #""group_id":"g1","text":{"body":"START"}"#, "nothing"),
    ])
    func whatPeopleSend(_ type: String, _ content: String, _ expected: String) throws {
        let item = try only(message(content, type: type))
        let came =
            switch item.intent {
            case .optOut: item.categories == ["marketing"] ? "marketing" : "out"
            case .possibleOptOut: "possible"
            case .resume: "resume"
            case .confirm: "confirm"
            case .nothing: "nothing"
            case .rejected(let error) where error.code == .unknownValue: "unknown"
            default: "\(item.intent)"
            }
        #expect(came == expected)
        #expect(item.contact == phone)
        if expected == "unknown" {
            guard case .possibleOptOut = item.heldWhereUnknown.intent else {
                Issue.record("it is not held")
                return
            }
        }
    }

    private static func form(_ escaped: String) -> String {
        #""interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"\#(escaped)"}}"#
    }

    /// Chats from before the number was connected come at once. A stop in them counts, and nothing that permits.
    @Test func whatWasSaidBefore() throws {
        func said(_ words: String, from: String = "34600111222") throws -> ImportItem {
            try only(
                body(
                    #""history":[{"metadata":{"phase":0},"threads":[{"id":"34600111222","messages":[{"from":"\#(from)","id":"wamid.1","timestamp":"1709547330","type":"text","text":{"body":"\#(words)"}}]}]}]"#,
                    field: "history", contacts: ""))
        }
        let stop = try said("STOP")
        #expect(stop.intent == .optOut && stop.contact == phone)
        #expect(stop.occurredAt == ImportTime(milliseconds: 1_709_547_330_000, precision: 1000))
        guard case .possibleOptOut = try said("no me escriban más").intent else {
            Issue.record("it is not held")
            return
        }
        for words in ["START", "SÍ", "Hola"] {
            guard case .nothing = try said(words).intent else {
                Issue.record("\(words)")
                continue
            }
        }
        guard case .nothing = try said("STOP", from: "15550783881").intent else {
            Issue.record("the business's own")
            return
        }
        guard case .nothing = try only(body(#""history":[{"errors":[{"code":2593109}]}]"#, field: "history")).intent
        else {
            Issue.record("declined")
            return
        }
    }

    /// What does not have the shape of its kind is of no known kind, and may be somebody's stop.
    @Test func aChangeOfAnotherShape() throws {
        let message = #"{"from":"34600111222","id":"wamid.1","type":"text","text":{"body":"STOP"}}"#
        let entry = #"{"id":"1","messaging":[{"wa_id":"34600111222","text":"STOP"}]}"#
        for text in [
            body(#""messages":\#(message)"#, contacts: ""),
            body(#""statuses":{"recipient_id":"34600111222"}"#, contacts: ""),
            body(#""user_preferences":{"wa_id":"34600111222"}"#, field: "user_preferences", contacts: ""),
            body(#""history":{"from":"34600111222"}"#, field: "history", contacts: ""),
            #"{"object":"whatsapp_business_account","entry":[\#(entry)]}"#,
            #"{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"messages":[\#(message)]}}]}]}"#,
        ] {
            let item = try only(text)
            #expect(item.contact == phone, "\(text)")
            guard case .possibleOptOut = item.heldWhereUnknown.intent else {
                Issue.record("\(text)")
                continue
            }
        }
        guard case .nothing = try only(body(#""messages":null"#, contacts: "")).intent else {
            Issue.record("a list may be left out")
            return
        }
    }

    @Test func peopleWithoutANumberHaveAUserID() throws {
        let contacts = #""contacts":[{"profile":{"name":"Ana"},"user_id":"ES.123","parent_user_id":"ES.ENT.9"}],"#
        let named =
            #""messages":[{"from_user_id":"ES.123","id":"wamid.1","timestamp":1709547330,"type":"text","text":{"body":"STOP"}}]"#
        let parent = ImportItem.Contact("ES.ENT.9", notation: .whatsAppUser)
        let item = try only(body(named, contacts: contacts))
        #expect(item.contact == user && item.otherContacts == [parent] && item.intent == .optOut)
        let unnamed = named.replacing(#""from_user_id":"ES.123","#, with: "")
        #expect(try only(body(unnamed, contacts: contacts)).contact == user)
        let nobody = try only(body(unnamed, contacts: ""))
        #expect(nobody.rejection?.field == "contact")
        let two = contacts.replacing("}],", with: #"},{"user_id":"ES.7"}],"#)
        #expect(try only(body(unnamed, contacts: two)).rejection?.field == "contact")
    }

    @Test func theBusinessesOwnMessagesSayNothing() throws {
        let own = message(#""text":{"body":"STOP"}"#).replacing(
            #""from":"34600111222""#, with: #""from":"15550783881""#)
        #expect(try only(own).isNothing)
        #expect(
            try only(
                body(
                    #""message_echoes":[{"from":"1","type":"text","text":{"body":"STOP"}}]"#,
                    field: "smb_message_echoes")
            ).isNothing)
    }

    @Test(
        arguments: [
            (#""timestamp":"1709547330""#, 1_709_547_330_000, 1000),
            (#""timestamp":1709547330"#, 1_709_547_330_000, 1000),
            (#""timestamp":"1709547330123""#, 1_709_547_330_123, 1),
        ] as [(String, Int64, Int64)])
    func timestampsComeInTwoKinds(_ timestamp: String, _ milliseconds: Int64, _ precision: Int64) throws {
        let text = message(#""text":{"body":"STOP"}"#).replacing(#""timestamp":"1709547330""#, with: timestamp)
        #expect(try only(text).occurredAt == ImportTime(milliseconds: milliseconds, precision: precision))
    }

    @Test(arguments: [
        #""timestamp":"soon""#, #""timestamp":null"#, #""timestamp":-5"#, #""timestamp":1.7e9"#, #""x":1"#,
    ])
    func aStopWithoutATimeIsStillAStop(_ timestamp: String) throws {
        let text = message(#""text":{"body":"STOP"}"#).replacing(#""timestamp":"1709547330""#, with: timestamp)
        let item = try only(text)
        #expect(item.intent == .optOut && item.occurredAt == nil && item.doubts.map(\.field) == ["occurred-at"])
    }

    @Test func preferences() throws {
        func preference(_ members: String, contacts: String = ImportWhatsAppTests.contacts) throws -> ImportItem {
            try only(body(#""user_preferences":[{\#(members)}]"#, field: "user_preferences", contacts: contacts))
        }
        let stop =
            #""wa_id":"34600111222","detail":"User requested to stop marketing messages","#
            + #""category":"marketing_messages","value":"stop","timestamp":1731705721"#
        let item = try preference(stop)
        #expect(item.intent == .optOut && item.contact == phone && item.otherContacts == [user])
        #expect(item.channels == ["whatsapp"] && item.categories == ["marketing"] && item.isReceiptTime)
        #expect(item.occurredAt == ImportTime(milliseconds: 1_731_705_721_000, precision: 1000))
        #expect(item.method == "platform-preference" && item.senders.first == "106540352242922")
        #expect(item.outsideID == "preference:34600111222:marketing_messages:stop:1731705721:106540352242922")
        #expect(try preference(stop.replacing("\"stop\"", with: "\"resume\"")).intent == .resume)
        #expect(try preference(stop.replacing("\"stop\"", with: "\"pause\"")).rejection?.field == "status")
        #expect(try preference(stop.replacing("marketing_messages", with: "games")).categories == ["games"])
        let absent = try preference(stop.replacing(#""wa_id":"34600111222","#, with: ""))
        #expect(absent.contact == phone)
        let byUser = try preference(
            stop.replacing(#""wa_id":"34600111222""#, with: #""user_id":"ES.9""#), contacts: "")
        #expect(byUser.contact == ImportItem.Contact("ES.9", notation: .whatsAppUser))
        #expect(try preference(stop.replacing(#""wa_id":"34600111222","#, with: ""), contacts: "").rejection != nil)
    }

    @Test func refusalsOfWhatsApp() throws {
        func status(_ code: String) -> String {
            body(
                #""statuses":[{"id":"wamid.7","status":"failed","timestamp":"1709547330","recipient_id":"34600111222","#
                    + #""errors":[{"code":\#(code),"title":"x"}]}]"#, contacts: "")
        }
        let item = try only(status("131050"))
        #expect(
            item.intent == .optOut && item.contact == phone && item.categories == ["marketing"] && item.isReceiptTime)
        #expect(
            item.channels == ["whatsapp"] && item.outsideID == "status:wamid.7:131050"
                && item.method == "provider-signal")
        #expect(try only(status("\"131050\"")).intent == .optOut)
        for code in ["131049", "131026", "0", "{}"] { #expect(try only(status(code)).isNothing) }
        let sent = #""statuses":[{"id":"wamid.7","status":"delivered","timestamp":"1","recipient_id":"34600111222"}]"#
        #expect(try only(body(sent, contacts: "")).isNothing)
    }

    @Test func changedNumbers() throws {
        func system(_ members: String, from: String = #""from":"34600111222","#) throws -> ImportItem {
            try only(
                body(
                    #""messages":[{\#(from)"id":"wamid.1","timestamp":"1","type":"system","system":{\#(members)}}]"#,
                    contacts: ""))
        }
        let new = ImportItem.Contact("34600111333", notation: .whatsAppID)
        func user(_ id: String) -> ImportItem.Contact { ImportItem.Contact(id, notation: .whatsAppUser) }
        for name in ["wa_id", "new_wa_id"] {
            let item = try system(
                #""body":"User A changed from 34600111222 to 34600111333","\#(name)":"34600111333","type":"user_changed_number""#
            )
            #expect(item.contact == phone && item.intent == .contactChanged(to: [new]))
            // The id of such a message has one of the numbers in it.
            #expect(item.outsideID == "wamid.1" && item.privateValue("message-id") == nil)
        }
        let both = try system(
            #""wa_id":"34600111333","user_id":"ES.2","previous_user_id":"ES.1","type":"user_changed_number""#)
        #expect(both.contact == phone && both.otherContacts == [user("ES.1")])
        #expect(both.intent == .contactChanged(to: [new, user("ES.2")]))
        let ids =
            #""user_id":"ES.2","parent_user_id":"ES.ENT.2","previous_user_id":"ES.1","type":"user_changed_user_id""#
        let onlyIDs = try system(ids, from: "")
        #expect(
            onlyIDs.contact == user("ES.1") && onlyIDs.intent == .contactChanged(to: [user("ES.2"), user("ES.ENT.2")]))
        let withNumber = try system(ids)
        #expect(withNumber.contact == user("ES.1") && withNumber.otherContacts == [phone])
        let spoken = try system(
            #""body":"User Ana Gil changed from ES.1 to ES.2","user_id":"ES.2","type":"user_changed_user_id""#, from: ""
        )
        #expect(spoken.contact == user("ES.1") && spoken.intent == .contactChanged(to: [user("ES.2")]))
        #expect(
            try system(#""wa_id":"34600111333","type":"user_changed_number""#, from: "").rejection?.field == "contact")
        #expect(try system(#""type":"user_changed_number""#).rejection?.field == "contact")
        #expect(try system(#""type":"customer_identity_changed""#).isNothing)
    }

    @Test func severalEntriesAndChangesAreSeveralItems() throws {
        let stop =
            #"{"from":"34600111222","id":"wamid.1","timestamp":"1709547330","type":"text","text":{"body":"STOP"}}"#
        let change = #"{"value":{\#(Self.metadata),"messages":[\#(stop),\#(stop)]},"field":"messages"}"#
        let line =
            #"{"object":"whatsapp_business_account","entry":[{"changes":[\#(change),\#(change)]},{"changes":[\#(change)]}]}"#
        let read = try items(WhatsAppImport(), "\(line)\n\n\(line)\r\n")
        #expect(read.count == 12 && read.allSatisfy { $0.intent == .optOut })
        #expect(read.map(\.position.item) == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
        #expect(read.last?.position == ImportItem.Position(row: 2, line: 3, item: 6))
    }

    @Test(arguments: [
        "{}", "[]", "nonsense", "{\"object\":\"page\",\"entry\":[]}", "{\"object\":\"whatsapp_business_account\"}",
        "\u{0}", "{",
        "{\"object\":\"whatsapp_business_account\",\"entry\":[]} x",
    ])
    func linesThatAreNoBodyStopNothing(_ line: String) throws {
        let read = try items(WhatsAppImport(), "\(line)\n" + message(#""text":{"body":"STOP"}"#))
        #expect(read.count == 2 && read[0].rejection != nil && read[1].intent == .optOut)
    }

    @Test func emptyBodiesAndFiles() throws {
        #expect(try only(#"{"object":"whatsapp_business_account","entry":[]}"#).isNothing)
        #expect(throws: ImportError.self) { try items(WhatsAppImport(), "\n") }
        let large = String(repeating: "x", count: WhatsAppImport.maximumBodyByteCount + 1)
        let read = try items(WhatsAppImport(), large + "\n" + message(#""text":{"body":"STOP"}"#))
        #expect(
            read[0].rejection == ImportError(.tooLarge, "") && read[1].intent == .optOut && read[1].position.line == 2)
    }

    @Test func longTextsAreCut() throws {
        let item = try only(message("\"text\":{\"body\":\"stop \(String(repeating: "é", count: 9_000))\"}"))
        guard case .possibleOptOut(let text) = item.intent else { return #expect(Bool(false)) }
        #expect(text.unicodeScalars.count == 4_096 && item.privateValue("text") == text)
    }
}
