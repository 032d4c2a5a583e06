internal import ConsentModel
internal import LedgerCrypto

/// One webhook body of the WhatsApp Cloud API.
struct WhatsAppBody {
    /// What WhatsApp calls marketing, in the ledger's words.
    static let marketing = "marketing"
    static let channel = "whatsapp"

    /// Changes of the business's account, numbers and templates, of calls and of what other software shows: what persons want
    /// is in none of them (Meta, “Webhooks: WhatsApp Business Account”, as of November 2026).
    private static let aboutNobody: Set = [
        "account_alerts", "account_review_update", "account_settings_update", "account_update", "automatic_events",
        "business_capability_update", "business_status_update", "calls", "flows", "group_lifecycle_update",
        "group_participants_update", "group_settings_update", "group_status_update",
        "message_template_components_update", "message_template_quality_update", "message_template_status_update",
        "partner_solutions", "payment_configuration_update", "phone_number_name_update",
        "phone_number_quality_update", "security", "smb_app_state_sync", "smb_message_echoes",
        "template_correct_category_detection", "tracking_events",
    ]

    /// Each with when its entry was sent.
    private let changes: [(change: JSONValue, time: JSONValue?)]

    init(parsing bytes: [UInt8]) throws(ImportError) {
        let body = try JSONValue(importing: bytes)
        guard body["object"]?.string == "whatsapp_business_account", let entries = body["entry"]?.array else {
            throw ImportError(
                .malformed,
                "the line is no webhook body of WhatsApp; it begins {\"object\":\"whatsapp_business_account\",…")
        }
        // An entry without changes is of a kind that nobody knows, as a whole.
        changes = entries.flatMap { entry in (entry["changes"]?.array ?? [entry]).map { ($0, entry["time"]) } }
    }

    /// The items of every entry and change, in order.
    func items(at position: ImportItem.Position) -> [ImportItem] {
        changes.flatMap { change, time -> [ImportItem] in
            guard let value = change["value"], let field = change["field"]?.string else {
                return Change(value: change, position: position).items(ofUnknown: change, field: "", time: time)
            }
            let scope = Change(value: value, position: position)
            return scope.items(of: field, time: time) ?? scope.items(ofUnknown: change, field: field, time: time)
        }
    }

    /// What the parts of one change share: the business's number, and the people it is about.
    private struct Change {
        let value: JSONValue
        let position: ImportItem.Position
        let senders: [String]
        private let people: [JSONValue]

        init(value: JSONValue, position: ImportItem.Position) {
            self.value = value
            self.position = position
            people = value["contacts"]?.array ?? []
            senders = ["phone_number_id", "display_phone_number"].compactMap {
                let name = value["metadata"]?[$0]?.stringOrNumber
                return name.flatMap { $0.isEmpty ? nil : $0 }
            }
        }

        /// What a change of a known kind tells; `nil` where the kind is not known, or the change has another shape than its
        /// kind has.
        func items(of field: String, time: JSONValue?) -> [ImportItem]? {
            switch field {
            // On standby, another app answers, and this one is told all the same.
            case "messages", "standby":
                guard let messages = list("messages"), let statuses = list("statuses") else { return nil }
                return messages.map(item(ofMessage:)) + statuses.flatMap(items(ofStatus:))
            case "user_preferences": return list("user_preferences")?.map(item(ofPreference:))
            case "history": return list("history")?.flatMap(items(ofHistory:))
            case "template_category_update": return [item(ofTemplate: value, time: time)]
            case _ where WhatsAppBody.aboutNobody.contains(field): return []
            default: return nil
            }
        }

        /// The elements of a list, none where it is not there; `nil` where it is something else.
        private func list(_ name: String) -> [JSONValue]? {
            switch value[name] {
            case nil, .null?: []
            case .array(let elements)?: elements
            default: nil
            }
        }

        // MARK: Messages

        /// The messages of the months before the business's number was connected, of a part of which this tells. They may
        /// restrict; a yes of then answered something else.
        private func items(ofHistory part: JSONValue) -> [ImportItem] {
            (part["threads"]?.array ?? []).flatMap { $0["messages"]?.array ?? [] }.map { message in
                var item = item(ofMessage: message)
                switch item.intent {
                case .resume, .confirm:
                    item.method = nil
                    item.intent = .nothing(reason: "a yes from before the number was connected permits nothing")
                // Of what was sent months ago, placeholders come for much; to hold them all would say nothing.
                case .rejected(let error) where error.code == .unknownValue:
                    item.intent = .nothing(reason: error.description)
                default: break
                }
                return item
            }
        }

        func item(ofMessage message: JSONValue) -> ImportItem {
            var item = item(about: message, phone: "from", user: "from_user_id", parentUser: "from_parent_user_id")
            item.arrivedBy = WhatsAppBody.channel
            let type = message["type"]?.string ?? ""
            item.outsideID = text(message["id"])
            // A message's id has a number in it: of a change of numbers it would keep the old one with the new one.
            if type != "system" { item.keepPrivate("message-id", item.outsideID) }
            item.keepPrivate("context-message-id", text(message["context"]?["id"]))
            if type == "system" {
                readChange(message["system"] ?? .null, into: &item)
            } else if isOurs(item.contact) {
                item.intent = .nothing(reason: "the message is the business's own")
            } else {
                read(
                    said(in: message, type: type), of: message, type: type, isInGroup: message["group_id"] != nil,
                    into: &item)
            }
            readTime(message["timestamp"], into: &item)
            return requiringContact(item)
        }

        /// Types of messages that say nothing about consent, whatever is in them.
        private static let wordless: Set = [
            "audio", "contacts", "errors", "location", "reaction", "request_welcome", "sticker", "unknown",
            "unsupported",
        ]

        /// What a person said: in their words, or by tapping what the business wrote.
        private struct Said {
            var words: String?
            var label: String?
            /// What the business's software calls the label.
            var identifier: String?
            /// What was filled in in a form that the business made: names that its software gave, and what was typed.
            var form: String?
        }

        private func said(in message: JSONValue, type: String) -> Said? {
            let content = message[type]
            switch type {
            case "text": return content?["body"]?.string.map { Said(words: $0) }
            case "image", "video", "document": return Said(words: content?["caption"]?.string)
            case "order": return Said(words: content?["text"]?.string)
            case "button":
                let (label, identifier) = (content?["text"]?.string, content?["payload"]?.string)
                return label == nil && identifier == nil ? nil : Said(label: label, identifier: identifier)
            case "interactive":
                if let reply = content?["button_reply"] ?? content?["list_reply"] {
                    return Said(label: reply["title"]?.string, identifier: reply["id"]?.string)
                }
                switch content?["type"]?.string {
                case "nfm_reply":
                    return content?["nfm_reply"].map { Said(form: $0["response_json"]?.string ?? $0.text) }
                case "call_permission_reply": return Said()
                default: return nil
                }
            default: return nil
            }
        }

        private func read(
            _ said: Said?, of message: JSONValue, type: String, isInGroup: Bool, into item: inout ImportItem
        ) {
            guard let said else {
                guard !Self.wordless.contains(type) else {
                    item.intent = .nothing(reason: "a message of type \"\(type)\" says nothing about consent")
                    return
                }
                item.keepPrivate("text", Self.shortened(message.text))
                item.intent = .rejected(Self.unknown("message of type", type))
                return
            }
            let meanings = [
                said.words.map(OptOutWords.meaning(of:)), said.label.map(OptOutWords.meaning(ofLabel:)),
                said.identifier.map(OptOutWords.meaning(ofIdentifier:)), said.form.map(Self.meaning(ofForm:)),
            ].compactMap(\.self)
            let spoken = Self.shortened(said.words ?? said.label ?? said.identifier ?? said.form ?? "")
            item.method = said.words == nil ? "whatsapp-thread" : "keyword"
            // Of the words on a button and its id, the one that restricts most counts.
            if meanings.contains(.optOut), !isInGroup {
                item.intent = .optOut
            } else if meanings.contains(.optOutOfMarketing), !isInGroup {
                item.intent = .optOut
                item.categories = [WhatsAppBody.marketing]
            } else if meanings.contains(where: { [.optOut, .optOutOfMarketing, .possibleOptOut].contains($0) }) {
                item.intent = .possibleOptOut(text: spoken)
            } else if meanings.contains(.resume), !isInGroup {
                item.intent = .resume
            } else if meanings.contains(.confirm), !isInGroup {
                item.intent = .confirm
            } else {
                item.method = nil
                item.intent = .nothing(reason: "the message says nothing about consent")
                return
            }
            item.keepPrivate("text", spoken)
            if let identifier = said.identifier, said.label != nil {
                item.keepPrivate("button-id", Self.shortened(identifier))
            }
        }

        /// What a form that was filled in may mean: its questions are the business's, so that it never decides by itself.
        private static func meaning(ofForm text: String) -> OptOutWords.Meaning {
            let form = (try? JSONValue(parsing: Array(text.utf8))) ?? .string(text)
            return seemsToAsk(form) ? .possibleOptOut : .nothing
        }

        /// Whether a name of something that was not left open, or anything that was typed, seems to ask for an opt-out.
        private static func seemsToAsk(_ answer: JSONValue) -> Bool {
            func restricts(_ text: String) -> Bool { OptOutWords.meaning(ofIdentifier: text) != .nothing }
            switch answer {
            case .string(let text): return restricts(text)
            case .array(let answers): return answers.contains(where: seemsToAsk)
            case .object(let members):
                return members.contains { name, answer in
                    !isOpen(answer) && (restricts(name) || seemsToAsk(answer))
                }
            default: return false
            }
        }

        private static func isOpen(_ answer: JSONValue) -> Bool {
            switch answer {
            case .null, .bool(false): true
            case .string(let text): ["", "0", "false", "no"].contains(text.lowercased())
            case .array(let answers): answers.isEmpty
            case .object(let members): members.isEmpty
            default: answer.stringOrNumber == "0"
            }
        }

        /// At most 4,096 characters, as many as WhatsApp allows.
        private static func shortened(_ text: String) -> String {
            text.utf8.count <= 4_096 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(4_096)))
        }

        /// The business's own words, which some forwarders send along.
        private func isOurs(_ contact: ImportItem.Contact?) -> Bool {
            guard let contact, contact.notation == .whatsAppID else { return false }
            return value["metadata"]?["display_phone_number"]?.stringOrNumber?.filter(\.isNumber) == contact.text
        }

        // MARK: Changes of number

        private func readChange(_ system: JSONValue, into item: inout ImportItem) {
            let type = system["type"]?.string ?? ""
            guard ["user_changed_number", "customer_changed_number", "user_changed_user_id"].contains(type) else {
                guard !["customer_identity_changed", "user_identity_changed"].contains(type) else {
                    item.intent = .nothing(reason: "a notice of type \"\(type)\" says nothing about consent")
                    return
                }
                item.keepPrivate("text", Self.shortened(system.text))
                item.intent = .rejected(Self.unknown("notice of type", type))
                return
            }
            let phone = text(system["wa_id"]) ?? text(system["new_wa_id"])
            let spoken = Self.changedFromTo(system["body"]?.string ?? "")
            var old = ([item.contact] + item.otherContacts).compactMap(\.self)
            old += [system["previous_user_id"], system["previous_parent_user_id"]].compactMap {
                text($0).map(Self.user)
            }
            var new = [phone.map(Self.phone)].compactMap(\.self)
            new += [system["user_id"], system["parent_user_id"]].compactMap { text($0).map(Self.user) }
            if type == "user_changed_user_id", let spoken {
                // Before August 2026 only the sentence told the old id.
                if !old.contains(where: { $0.notation == .whatsAppUser }) { old.append(Self.user(spoken.from)) }
                if !new.contains(where: { $0.notation == .whatsAppUser }) { new.append(Self.user(spoken.to)) }
            }
            if type == "user_changed_user_id" {
                // It is the id that changed; the number, if one is given, is known by itself.
                old.sort { $0.notation == .whatsAppUser && $1.notation != .whatsAppUser }
                new.removeAll { contact in contact.notation == .whatsAppID && old.contains(contact) }
            }
            var seen: Set<ImportItem.Contact> = []
            old = old.filter { !new.contains($0) && seen.insert($0).inserted }
            new = new.filter { seen.insert($0).inserted }
            item.contact = old.first
            item.otherContacts = Array(old.dropFirst())
            item.method = "provider-signal"
            item.intent =
                old.isEmpty || new.isEmpty
                ? .rejected(
                    ImportError(
                        .missing, field: "contact",
                        "the notice of a changed number lacks the old or the new one; look it up"))
                : .contactChanged(to: new)
        }

        /// The two ids in `User NAME changed from OLD to NEW`.
        private static func changedFromTo(_ body: String) -> (from: String, to: String)? {
            let words = body.split(separator: " ").suffix(5).map(String.init)
            guard words.count == 5, words[0] == "changed", words[1] == "from", words[3] == "to",
                (try? ContactAddress(whatsAppUser: words[2])) != nil,
                (try? ContactAddress(whatsAppUser: words[4])) != nil
            else { return nil }
            return (words[2], words[4])
        }

        // MARK: Preferences and refusals

        func item(ofPreference preference: JSONValue) -> ImportItem {
            var item = item(about: preference, phone: "wa_id", user: "user_id", parentUser: "parent_user_id")
            item.arrivedBy = WhatsAppBody.channel
            item.channels = [WhatsAppBody.channel]
            item.method = "platform-preference"
            item.isReceiptTime = true
            let category = text(preference["category"])
            item.categories = category.map { [$0 == "marketing_messages" ? WhatsAppBody.marketing : $0] }
            switch preference["value"]?.string?.lowercased() {
            case "stop": item.intent = .optOut
            case "resume": item.intent = .resume
            default:
                item.intent = .rejected(
                    ImportError(
                        .unknownValue, field: "status",
                        "the preference is neither stop nor resume; look at what it says"))
            }
            readTime(preference["timestamp"], into: &item)
            if let contact = item.contact {
                // WhatsApp gives no id: the same preference at the same time is the same event.
                let parts: [String?] = [
                    contact.text, category, preference["value"]?.string, text(preference["timestamp"]), senders.first,
                ]
                item.outsideID = "preference:" + parts.map { $0 ?? "" }.joined(separator: ":")
            }
            return requiringContact(item)
        }

        /// One item for each error of a message that was not delivered.
        func items(ofStatus status: JSONValue) -> [ImportItem] {
            (status["errors"]?.array ?? []).map { error in
                var item = item(
                    about: status, phone: "recipient_id", user: "recipient_user_id",
                    parentUser: "parent_recipient_user_id")
                let code = error["code"]?.stringOrNumber ?? ""
                switch code {
                case "131050":
                    item.intent = .optOut
                    item.arrivedBy = WhatsAppBody.channel
                    item.channels = [WhatsAppBody.channel]
                    item.categories = [WhatsAppBody.marketing]
                    item.method = "provider-signal"
                    item.isReceiptTime = true
                case "131049":
                    item.intent = .nothing(
                        reason: "WhatsApp held the message back by its own limit (131049), which is nobody's opt-out")
                default:
                    item.intent = .nothing(reason: "error \(code.prefix(20)) says nothing about consent")
                }
                if let id = text(status["id"]) {
                    item.outsideID = "status:\(id):\(code)"
                    item.keepPrivate("message-id", id)
                }
                readTime(status["timestamp"], into: &item)
                return requiringContact(item)
            }
        }

        // MARK: What nobody knows

        private static func unknown(_ what: String, _ name: String) -> ImportError {
            ImportError(
                .unknownValue, field: "status",
                "a \(what) \(QuotedText.shown(name)) is none that is known; look at what it says")
        }

        /// A change of a kind that nobody knows may tell of somebody's stop: an item for each person in it.
        func items(ofUnknown change: JSONValue, field: String, time: JSONValue?) -> [ImportItem] {
            let whole = change.text
            let error = Self.unknown("change of", field)
            var found: [[ImportItem.Contact]] = []
            for contacts in Self.persons(in: value) {
                // The same person may be named in several places, by number here and by id there.
                let same = found.indices.filter { !Set(found[$0]).isDisjoint(with: contacts) }
                guard let first = same.first else {
                    found.append(contacts)
                    continue
                }
                var person = found[first]
                for place in same.dropFirst().reversed() { person += found.remove(at: place) }
                found[first] = person + contacts.filter { !person.contains($0) }
            }
            let persons = found.filter { !$0.contains(where: isOurs) }
            guard !persons.isEmpty else { return [ImportItem(position: position, intent: .rejected(error))] }
            let digest = SHA256Digest(hashing: Array(whole.utf8))
            return persons.map { contacts in
                var item = ImportItem(position: position, intent: .rejected(error), contact: contacts.first)
                item.otherContacts = Array(contacts.dropFirst())
                item.senders = senders
                item.arrivedBy = WhatsAppBody.channel
                item.method = "provider-signal"
                item.isReceiptTime = true
                item.outsideID = "change:\(contacts[0].text):\(text(time) ?? ""):\(digest)"
                item.keepPrivate("text", Self.shortened(whole))
                readTime(time, into: &item)
                return item
            }
        }

        /// The members of an object that name one person, by number and by ids.
        private static let namings = [
            (phone: "from", users: ["from_user_id", "from_parent_user_id"]),
            (phone: "recipient_id", users: ["recipient_user_id", "parent_recipient_user_id"]),
            (phone: "wa_id", users: ["user_id", "parent_user_id"]),
        ]

        /// The persons that a value names anywhere, each by the addresses that stand together.
        private static func persons(in value: JSONValue) -> [[ImportItem.Contact]] {
            switch value {
            case .array(let elements): return elements.flatMap(persons)
            case .object(let members):
                var found: [[ImportItem.Contact]] = []
                for naming in namings {
                    var contacts: [ImportItem.Contact] = []
                    if let text = members[naming.phone]?.stringOrNumber, (try? ContactAddress(whatsAppID: text)) != nil
                    {
                        contacts.append(phone(text))
                    }
                    for name in naming.users {
                        guard let text = members[name]?.string, (try? ContactAddress(whatsAppUser: text)) != nil else {
                            continue
                        }
                        contacts.append(user(text))
                    }
                    if !contacts.isEmpty { found.append(contacts) }
                }
                return found + members.sorted { $0.key < $1.key }.flatMap { persons(in: $0.value) }
            default: return []
            }
        }

        // MARK: Templates

        /// The platform counts a template as something else now.
        func item(ofTemplate update: JSONValue, time: JSONValue?) -> ImportItem {
            var item = ImportItem(position: position, intent: .nothing(reason: ""))
            guard let template = text(update["message_template_name"]) else {
                item.intent = .rejected(
                    ImportError(.missing, field: "template", "the update names no template; look it up"))
                return item
            }
            guard let category = text(update["new_category"]) else {
                item.intent = .nothing(reason: "the template's category has not changed yet")
                return item
            }
            let categoryClass = category.lowercased()
            guard ["authentication", "marketing", "utility"].contains(categoryClass) else {
                item.intent = .rejected(
                    ImportError(
                        .unknownValue, field: "class",
                        "the category \(QuotedText.shown(category)) is none that WhatsApp has; say the template's class with: "
                            + "consent template map"))
                return item
            }
            // WhatsApp writes en_US, and BCP 47 en-US.
            let language = text(update["message_template_language"]).map { String($0.map { $0 == "_" ? "-" : $0 }) }
            item.intent = .templateCategory(template: template, language: language, categoryClass: categoryClass)
            readTime(time, into: &item)
            item.outsideID =
                "template:"
                + [template, language ?? "", categoryClass, text(time) ?? ""]
                .joined(separator: ":")
            return item
        }

        // MARK: Parts

        /// An item about the person whom `part` names: by number, else by user id; when it names nobody, by the one
        /// person of the change.
        private func item(about part: JSONValue, phone: String, user: String, parentUser: String) -> ImportItem {
            var item = ImportItem(position: position, intent: .nothing(reason: ""))
            var contacts = [text(part[phone]).map(Self.phone)].compactMap(\.self)
            contacts += [user, parentUser].compactMap { text(part[$0]).map(Self.user) }
            let known = people.filter { person in
                contacts.isEmpty
                    ? people.count == 1
                    : contacts.contains { $0.text == text(person["wa_id"]) || $0.text == text(person["user_id"]) }
            }
            if let person = known.first {
                let more =
                    [text(person["wa_id"]).map(Self.phone)]
                    + ["user_id", "parent_user_id"].map { text(person[$0]).map(Self.user) }
                for case let contact? in more where !contacts.contains(contact) { contacts.append(contact) }
            }
            item.contact = contacts.first
            item.otherContacts = Array(contacts.dropFirst())
            item.senders = senders
            return item
        }

        private func requiringContact(_ item: ImportItem) -> ImportItem {
            guard item.contact == nil else { return item }
            switch item.intent {
            case .nothing, .rejected: return item
            default:
                var item = item
                item.intent = .rejected(
                    ImportError(
                        .missing, field: "contact", "the message names neither a number nor a user id; look it up"))
                return item
            }
        }

        /// The time, which comes as seconds in a string or a number.
        private func readTime(_ timestamp: JSONValue?, into item: inout ImportItem) {
            if let digits = timestamp?.stringOrNumber, let time = ImportTime(epoch: digits) {
                item.occurredAt = time
            } else if item.restricts {
                item.object(
                    ImportError(
                        .time, field: "occurred-at",
                        "the timestamp is missing or no number of seconds; the time is unknown"))
            }
        }

        private func text(_ value: JSONValue?) -> String? {
            value?.stringOrNumber.flatMap { $0.isEmpty || $0.utf8.count > 1_024 ? nil : $0 }
        }

        private static func phone(_ text: String) -> ImportItem.Contact { .init(text, notation: .whatsAppID) }

        private static func user(_ text: String) -> ImportItem.Contact { .init(text, notation: .whatsAppUser) }
    }
}
