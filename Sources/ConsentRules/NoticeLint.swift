public import ConsentModel

/// The words that a person was shown, and what they are judged for.
public struct NoticeWording: Sendable {
    /// The words.
    public let text: String
    /// The language they are in (BCP 47).
    public let language: String
    /// The channels that they are to carry an opt-in for.
    public let channels: [String]
    /// The categories that they are to carry an opt-in for.
    public let categories: [String]
    /// The classes of those categories; a category that the business does not have counts as every class.
    public let classes: [String]
    /// The names of which the text must say one: the business's and, where it speaks for one, the brand's.
    public let names: [String]
    /// Where the business is, if that is known.
    public let senderCountry: String?

    /// Words of `business`, speaking for `brand` if that is one it has.
    public init(
        text: String, language: String, channels: [String], categories: [String], of business: Catalog.Business,
        brand: String? = nil
    ) {
        self.text = text
        self.language = language
        self.channels = channels
        self.categories = categories
        classes = Set(
            categories.flatMap { category in
                business.categories[category].map { [$0.categoryClass] } ?? Vocabulary.categoryClass.words
            }
        ).sorted()
        names = [business.name] + (brand.flatMap { business.brands[$0]?.name }.map { [$0] } ?? [])
        senderCountry = business.country
    }

    /// The words of a notice, judged for all that it speaks of unless `channels` and `categories` name less.
    public init(
        _ notice: Catalog.Notice, text: [UInt8], of business: Catalog.Business, channels: [String]? = nil,
        categories: [String]? = nil
    ) {
        self.init(
            text: String(decoding: text, as: UTF8.self), language: notice.language,
            channels: channels ?? notice.channels, categories: categories ?? notice.categories, of: business,
            brand: notice.brand)
    }
}

/// Something that a notice does not say, or not so that a program sees it.
public struct NoticeProblem: Hashable, Sendable, CustomStringConvertible {
    /// What was looked for.
    public let subject: NoticeRequirement.Subject
    /// Whether the notice can carry no live opt-in; otherwise it is advice.
    public let isRequired: Bool
    /// What is missing.
    public let lack: NoticeLack
    /// A clause: what is missing and what to do.
    public let description: String
    /// The rule that asks for it; `nil` is what every notice must say.
    public let rule: Rule?
    /// The pack that has the rule.
    public let pack: RulePack?
    /// The record that adopted the pack; `nil` where it is only tried.
    public let adoption: UInt64?

    /// The rule as reasons cite it; `nil` where there is none, or none adopted.
    public var reference: RuleReference? {
        guard let rule, let pack, let adoption else { return nil }
        return RuleReference(
            pack: pack.id, version: pack.version, digest: pack.digest, rule: rule.id, meaning: rule.meaning,
            citation: rule.citation, adoption: adoption)
    }
}

/// Judges notices by what they say. It looks for names and words and understands nothing: a notice without problems may
/// still be a bad one, and one in a language that a rule has no words for is not judged good.
public enum NoticeLint {
    /// What the words lack by those rules of the packs that were in force when they were shown, in the order of the packs
    /// and their rules. Without any pack, a notice must name the business.
    public static func problems(
        of wording: NoticeWording, packs: [AdoptedPack], shownAt time: Timestamp
    ) -> [NoticeProblem] {
        problems(of: wording, packs.map { (pack: $0.pack, adoption: $0.adoption) }, shownAt: time)
    }

    /// What the words would lack if the packs were adopted.
    public static func problems(
        of wording: NoticeWording, trying packs: [RulePack], shownAt time: Timestamp
    ) -> [NoticeProblem] {
        problems(of: wording, packs.map { (pack: $0, adoption: nil) }, shownAt: time)
    }

    private static func problems(
        of wording: NoticeWording, _ packs: [(pack: RulePack, adoption: UInt64?)], shownAt time: Timestamp
    ) -> [NoticeProblem] {
        let text = FoldedText(wording.text)
        var problems: [NoticeProblem] = []
        for (pack, adoption) in packs {
            for rule in pack.rules {
                guard let (requirement, missing) = missing(rule, text, wording, shownAt: time) else { continue }
                problems += missing.map {
                    NoticeProblem(
                        subject: requirement.subject, isRequired: requirement.isRequired, lack: $0.lack,
                        description: $0.sentence, rule: rule, pack: pack, adoption: adoption)
                }
            }
        }
        let isNameJudged = problems.contains { $0.subject == .businessName && $0.isRequired }
        if !isNameJudged, let missing = missingName(text, wording) {
            problems.insert(
                NoticeProblem(
                    subject: .businessName, isRequired: true, lack: missing.lack, description: missing.sentence,
                    rule: nil, pack: nil, adoption: nil),
                at: 0)
        }
        return problems
    }

    /// Why the words can carry no opt-in by those of the rules that were in force when they were shown; empty where they
    /// can.
    static func missing(
        in wording: NoticeWording, by rules: [(rule: Rule, reference: RuleReference)], shownAt time: Timestamp
    ) -> [MissingWords] {
        let text = FoldedText(wording.text)
        var all: [MissingWords] = []
        for (rule, reference) in rules {
            guard let (requirement, missing) = missing(rule, text, wording, shownAt: time), requirement.isRequired
            else { continue }
            all += missing.map {
                MissingWords(subject: requirement.subject, clause: $0.clause, rule: reference)
            }
        }
        guard !all.contains(where: { $0.subject == .businessName }), let name = missingName(text, wording) else {
            return all
        }
        return all + [MissingWords(subject: .businessName, clause: name.clause, rule: nil)]
    }

    /// What is missing, as a clause, and what to do about it in a new text.
    private struct Gap {
        let lack: NoticeLack
        let clause: String
        var remedy: String?

        var sentence: String { remedy.map { "\(clause); \($0)" } ?? clause }
    }

    /// What a rule misses; `nil` where it asks nothing of the words.
    private static func missing(
        _ rule: Rule, _ text: FoldedText, _ wording: NoticeWording, shownAt time: Timestamp
    ) -> (NoticeRequirement, [Gap])? {
        guard rule.isInForce(at: time), case .notice(let requirement) = rule.effect, rule.scope.concerns(wording) else {
            return nil
        }
        let channels = wording.channels.filter { rule.scope.channels?.contains($0) ?? true }
        return (requirement, missing(requirement, text, wording, channels))
    }

    private static func missing(
        _ requirement: NoticeRequirement, _ text: FoldedText, _ wording: NoticeWording, _ channels: [String]
    ) -> [Gap] {
        switch requirement.subject {
        case .businessName: return missingName(text, wording).map { [$0] } ?? []
        case .channel:
            return channels.filter { channel in !ChannelNames.of(channel).contains(where: text.contains) }.map {
                Gap(
                    lack: .channel($0), clause: "the text does not name the channel \($0)",
                    remedy: "write how the messages come")
            }
        case .optOutInstruction, .consentWording, .value:
            let language = wording.language.prefix { $0 != "-" }.lowercased()
            guard let words = requirement.words[language] else {
                return [
                    Gap(
                        lack: .wordsOfRule(language: language),
                        clause:
                            "the rule has no words for the language “\(language)”, so that nothing tells whether the "
                            + "text says \(requirement.subject.clause)", remedy: "adopt the pack with words for it")
                ]
            }
            guard !words.contains(where: { text.contains(FoldedText($0)) }) else { return [] }
            let examples = words.prefix(3).map { "“\($0)”" }.joined(separator: ", ")
            return [
                Gap(
                    lack: .words(Array(words.prefix(3))),
                    clause: "the text does not say \(requirement.subject.clause), by words such as \(examples)")
            ]
        }
    }

    private static func missingName(_ text: FoldedText, _ wording: NoticeWording) -> Gap? {
        guard !wording.names.contains(where: { text.containsName($0) }) else { return nil }
        let names = wording.names.map { "“\($0)”" }.joined(separator: " or ")
        return Gap(
            lack: .names(wording.names), clause: "the text does not name \(names)",
            remedy: "write whose messages they are")
    }
}

extension NoticeRequirement.Subject {
    /// What is looked for, as a clause.
    public var clause: String {
        switch self {
        case .businessName: "whose messages they are"
        case .channel: "how the messages come"
        case .optOutInstruction: "how to opt out"
        case .consentWording: "that the person agrees"
        case .value: "what the person has from the messages"
        }
    }
}

extension RuleScope {
    /// Whether a rule may be about messages that the words are to carry; the recipient's country is not known.
    fileprivate func concerns(_ wording: NoticeWording) -> Bool {
        func meets(_ listed: [String]?, _ own: [String]) -> Bool {
            listed.map { $0.contains(where: own.contains) } ?? true
        }
        guard meets(channels, wording.channels), meets(classes, wording.classes),
            meets(categories, wording.categories)
        else { return false }
        guard let country = wording.senderCountry else { return true }
        return senderCountries?.contains(country) ?? true && !(exceptSenderCountries?.contains(country) ?? false)
    }
}

/// Text as words without case, accents and punctuation, to look for words in.
private struct FoldedText {
    private let words: [String]

    init(_ text: String) { words = TextFolding.words(text, limit: .max) }

    /// Whether the other's words stand in this one, one after the other.
    func contains(_ other: FoldedText) -> Bool { contains(other.words[...]) }

    /// Whether a name stands in it, with or without its legal form (`S.L.`, `GmbH`).
    func containsName(_ name: String) -> Bool {
        var wanted = TextFolding.words(name)[...]
        if contains(wanted) { return true }
        while let form = Self.legalForms.first(where: { wanted.count > $0.count && wanted.suffix($0.count) == $0[...] })
        {
            wanted = wanted.dropLast(form.count)
            if contains(wanted) { return true }
        }
        return false
    }

    private func contains(_ wanted: ArraySlice<String>) -> Bool {
        guard let first = wanted.first, wanted.count <= words.count else { return false }
        return words.indices.dropLast(wanted.count - 1).contains { start in
            words[start] == first && words[start..<start + wanted.count] == wanted
        }
    }

    /// What registers write after a name and people leave out.
    private static let legalForms: [[String]] = [
        "s l", "s l u", "sl", "slu", "s a", "s a u", "sa", "sau", "s coop", "gmbh", "ag", "kg", "ug", "se", "ltd",
        "limited",
        "inc", "incorporated", "llc", "plc", "corp", "corporation", "co", "company", "srl", "s r l", "spa", "s p a",
        "sas",
        "s a s", "sarl", "bv", "b v", "nv", "n v", "lda", "ltda", "sa de cv", "s a de c v", "oy", "ab", "as", "aps",
    ].map { TextFolding.words($0) }
}

/// What people call the channels, in whatever language.
private enum ChannelNames {
    static func of(_ channel: String) -> [FoldedText] { names[channel] ?? [FoldedText(channel)] }

    private static let names: [String: [FoldedText]] = [
        "email": [
            "email", "emails", "e-mail", "e-mails", "mail", "mails", "correo", "correos", "courriel", "courriels",
            "E-Mail",
        ],
        "fax": ["fax", "telefax", "télécopie"],
        "inapp": [
            "in-app", "in the app", "our app", "en la app", "nuestra app", "aplicación", "applicazione", "application",
        ],
        "line": ["line"],
        "mms": ["mms", "picture message", "picture messages"],
        "post": [
            "post", "by mail", "postal mail", "letter", "letters", "carta", "cartas", "correo postal", "Brief",
            "courrier", "posta",
        ],
        "push": [
            "push", "notification", "notifications", "notificación", "notificaciones", "Benachrichtigungen",
            "notifiche",
            "notificações",
        ],
        "rcs": ["rcs", "text message", "text messages", "texts", "text me"],
        "sms": [
            "sms", "text message", "text messages", "texts", "text me", "mensaje de texto", "mensajes de texto",
            "mensagem de texto", "missatge de text", "messaggi di testo", "Textnachricht", "Textnachrichten", "texto",
        ],
        "voice": [
            "call", "calls", "phone", "telephone", "llamada", "llamadas", "llamarme", "teléfono", "Anruf", "Anrufe",
            "anrufen",
            "Telefon", "telefonisch", "appel", "appels", "téléphone", "chiamata", "chiamate", "telefono", "telefone",
            "ligação",
            "trucada", "telèfon", "bellen",
        ],
        "whatsapp": ["whatsapp", "whats app"],
    ].mapValues { $0.map { FoldedText($0) } }
}
