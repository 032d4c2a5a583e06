import ConsentModel
import ConsentRules
import Testing

/// What is found missing in the words of notices, by which rule, and what is not.
@Suite struct NoticeLintTests {
    private static let whatsapp = try! RulePack(parsing: ShippedPacks.text(of: "whatsapp")!)
    private static let gdpr = try! RulePack(parsing: ShippedPacks.text(of: "eu-gdpr")!)
    private static let year2021 = try! OccurredAt(parsing: "2021-08-01").start
    private static let year2025 = try! OccurredAt(parsing: "2025-01-01").start

    private static func problems(
        _ text: String, _ language: String = "es", channels: [String] = ["whatsapp"],
        categories: [String] = ["newsletter"], brand: String? = nil, packs: [RulePack] = [],
        at time: Timestamp = year2021
    ) throws -> [NoticeProblem] {
        let business = try TestLedger.furnished().catalog.business("acme", at: .max)
        return NoticeLint.problems(
            of: NoticeWording(
                text: text, language: language, channels: channels, categories: categories, of: business, brand: brand),
            trying: packs, shownAt: time)
    }

    /// The problems as `severity subject`, the errors first.
    private static func words(_ problems: [NoticeProblem]) -> Set<String> {
        Set(problems.map { ($0.isRequired ? "error " : "advice ") + $0.subject.rawValue })
    }

    /// The business is “Acme Viajes, S.A.”.
    @Test(arguments: [
        ("Ofertas de Acme Viajes, S.A.", true), ("ofertas de ACME VIAJES.", true), ("Ofertas de Ácme\n  viajes", true),
        ("Ofertas de Acme  Viajes SA", true), ("Ofertas de Acme-Viajes", true), ("Ofertas de Acme", false),
        ("Ofertas de Viajes Acme", false), ("Ofertas de Acme y sus Viajes", false), ("Ofertas de Acme Viajeros", false),
        ("Ofertas de LaAcme Viajes", false), ("", false), ("S.A.", false),
    ]) func theNameIsNamed(_ text: String, _ isNamed: Bool) throws {
        #expect(try Self.words(Self.problems(text)) == (isNamed ? [] : ["error business-name"]))
    }

    @Test func aBrandsNoticeMayNameTheBrand() throws {
        #expect(try Self.problems("Novedades de Acme hoteles", brand: "hoteles").isEmpty)
        #expect(try Self.problems("Novedades de Acme Viajes", brand: "hoteles").isEmpty)
        #expect(try !Self.problems("Novedades de Acme hoteles", brand: "viajes").isEmpty)
        #expect(try !Self.problems("Novedades de Acme hoteles").isEmpty)
    }

    /// The sentence of the article, then with one thing missing after the other.
    @Test(arguments: [
        ("Acepto recibir ofertas de Acme Viajes por WhatsApp. Responde BAJA para dejarlo.", []),
        ("Acepto recibir ofertas por WhatsApp. Responde BAJA para dejarlo.", ["error business-name"]),
        ("Acepto recibir ofertas de Acme Viajes. Responde BAJA para dejarlo.", ["error channel"]),
        ("Ofertas de Acme Viajes por WhatsApp. Responde BAJA para dejarlo.", ["error consent-wording"]),
        ("Acepto recibir ofertas de Acme Viajes por WhatsApp.", ["advice opt-out-instruction"]),
        ("Acepto mensajes de Acme Viajes por WhatsApp. Responde BAJA para dejarlo.", ["advice value"]),
        (
            "Lorem ipsum",
            [
                "error business-name", "error channel", "error consent-wording", "advice opt-out-instruction",
                "advice value",
            ]
        ),
    ]) func theArticleOf2021(_ text: String, _ missing: [String]) throws {
        let problems = try Self.problems(text, packs: [Self.whatsapp])
        #expect(Self.words(problems) == Set(missing))
        for problem in problems {
            #expect(problem.pack?.id == "whatsapp" && problem.rule != nil && problem.reference == nil)
        }
    }

    @Test func theWordingOf2024IsWider() throws {
        let text = "I agree to receive offers from Acme Viajes. Reply STOP to opt out."
        #expect(try Self.words(Self.problems(text, "en", packs: [Self.whatsapp])) == ["error channel"])
        let later = try Self.problems(text, "en", packs: [Self.whatsapp], at: Self.year2025)
        #expect(Self.words(later) == ["advice channel"])
    }

    /// A rule about WhatsApp asks nothing of a notice for another channel, of another country or of another category.
    @Test func scopesAreKept() throws {
        #expect(try Self.problems("Ofertas de Acme Viajes", channels: ["sms"], packs: [Self.whatsapp]).isEmpty)
        func pack(_ scope: RuleScope) -> RulePack {
            let effect = RuleEffect.notice(NoticeRequirement(subject: .channel, isRequired: true))
            let rule = Rule(
                id: "r", scope: scope, effect: effect, meaning: "m",
                citation: Citation(source: "s", confidence: .unverified, verifiedOn: "2026-11-22"))
            return RulePack(id: "p", version: "1", title: "t", digest: Self.whatsapp.digest, rules: [rule])
        }
        func isAsked(_ scope: RuleScope) throws -> Bool {
            try !Self.problems("Acme Viajes", channels: ["sms"], packs: [pack(scope)]).isEmpty
        }
        #expect(try isAsked(RuleScope()))
        #expect(try isAsked(RuleScope(channels: ["email", "sms"])) && !isAsked(RuleScope(channels: ["email"])))
        #expect(try isAsked(RuleScope(classes: ["marketing"])) && !isAsked(RuleScope(classes: ["utility"])))
        #expect(try isAsked(RuleScope(categories: ["newsletter"])) && !isAsked(RuleScope(categories: ["orders"])))
        // The business's country is not known, nor is any recipient's.
        #expect(try isAsked(RuleScope(senderCountries: ["ES"])) && isAsked(RuleScope(exceptSenderCountries: ["ES"])))
        #expect(
            try isAsked(RuleScope(recipientCountries: ["ES"])) && isAsked(RuleScope(exceptRecipientCountries: ["ES"])))
    }

    @Test(arguments: [
        ("sms", "Textos de Acme Viajes por SMS"), ("sms", "Acme Viajes may text me"),
        ("email", "Acme Viajes, by E-Mail"),
        ("email", "Acme Viajes por correo electrónico"), ("voice", "Acme Viajes puede hacerme llamadas"),
        ("whatsapp", "Acme Viajes por Whats App"), ("post", "Acme Viajes por carta"), ("line", "Acme Viajes on LINE"),
    ]) func channelsByTheirNames(_ channel: String, _ text: String) throws {
        let rule = Rule(
            id: "r", effect: .notice(NoticeRequirement(subject: .channel, isRequired: true)), meaning: "m",
            citation: Citation(source: "s", confidence: .unverified, verifiedOn: "2026-11-22"))
        let pack = RulePack(id: "p", version: "1", title: "t", digest: Self.whatsapp.digest, rules: [rule])
        #expect(try Self.problems(text, "en", channels: [channel], packs: [pack]).isEmpty)
        for other in Vocabulary.channel.words where other != channel && !(channel == "sms" && other == "rcs") {
            let problems = try Self.problems(text, "en", channels: [channel, other], packs: [pack])
            #expect(problems.count == 1 && problems[0].description.contains(other), "\(other)")
        }
    }

    /// A language without words is not judged good.
    @Test func aLanguageWithoutWords() throws {
        let text = "Zgadzam się na oferty Acme Viajes przez WhatsApp."
        let problems = try Self.problems(text, "pl-PL", packs: [Self.whatsapp])
        #expect(Self.words(problems) == ["error consent-wording", "advice opt-out-instruction", "advice value"])
        #expect(problems.allSatisfy { $0.description.contains("no words for the language “pl”") })
    }

    @Test func everyLanguageOfThePacksHasItsWords() throws {
        let texts = [
            "ca": "Accepto rebre ofertes d'Acme Viajes per WhatsApp. Contesta BAIXA per deixar-ho.",
            "de": "Ich stimme zu, dass mir Acme Viajes über WhatsApp schreibt. Widerruf jederzeit.",
            "en": "I agree that Acme Viajes sends me offers on WhatsApp. Reply STOP to opt out.",
            "es-MX": "Acepto que Acme Viajes me envíe ofertas por WhatsApp. Puedes darte de baja.",
            "fr": "J'accepte de recevoir les offres d'Acme Viajes par WhatsApp. Pour vous désabonner : STOP.",
            "it": "Acconsento a ricevere offerte da Acme Viajes su WhatsApp. Posso revocare il consenso.",
            "nl": "Ik ga akkoord dat Acme Viajes mij via WhatsApp bericht. Afmelden kan altijd.",
            "pt-BR": "Aceito receber ofertas da Acme Viajes por WhatsApp. Para cancelar, responda SAIR.",
        ]
        for (language, text) in texts {
            let problems = try Self.problems(text, language, packs: [Self.whatsapp, Self.gdpr])
            #expect(problems.filter(\.isRequired).isEmpty, "\(language): \(problems)")
        }
    }

    @Test func theNameIsToldOnce() throws {
        let problems = try Self.problems("Acepto. STOP", packs: [Self.whatsapp, Self.gdpr], at: Self.year2025)
        let names = problems.filter { $0.subject == .businessName }
        #expect(names.map { $0.pack?.id } == ["whatsapp", "eu-gdpr"])
    }
}
