import ConsentLedger
import Testing

@Suite struct OptOutWordsTests {
    @Test(arguments: [
        "STOP", "stop", "Stop.", " *STOP* ", "¡STOP!", "Stop. Thank you", "stop please", "Please stop", "STOP!!!",
        "stop 🙏",
        "ＳＴＯＰ", "S T O P", "S.T.O.P", "stooooop", "STOP STOP STOP", "stop all", "STOPALL", "Opt-out", "opt out",
        "OPTOUT",
        "quit", "end", "revoke", "cancel", "unsubscribe", "remove", "TD", "Baja", "BAJA por favor",
        "Hola, BAJA, gracias",
        "dar de baja", "Quiero darme de baja", "parar", "SAIR", "sair, obrigada", "Arrêt", "ARRET", "ARRETER",
        "arrêter svp",
        "désabonner", "Abmelden", "abmelden bitte", "Stopp", "disiscrivi", "cancellami per favore", "afmelden aub",
        "uitschrijven",
        "désinscription s'il vous plaît", "De\u{301}sabonner", "basta", "fin", "alto", "hi stop",
    ])
    func wholeMessagesThatStop(_ text: String) { #expect(OptOutWords.meaning(of: text) == .optOut) }

    @Test(arguments: [
        "Stop promotions", "STOP_PROMOTIONS", "Detener promociones", "stop pub", "Parar promoções", "Werbung stoppen",
    ])
    func wholeMessagesThatStopOffers(_ text: String) { #expect(OptOutWords.meaning(of: text) == .optOutOfMarketing) }

    @Test(arguments: [
        "START", "Start please", "UNSTOP", "Alta", "alta!", "Quero voltar a receber", "démarrer", "wieder anmelden",
    ])
    func wholeMessagesThatResume(_ text: String) { #expect(OptOutWords.meaning(of: text) == .resume) }

    @Test(arguments: [
        "YES", "Yes please", "sí", "SI", "Sí, acepto", "Sim", "oui", "D'accord", "ja", "Ja, gerne", "confirmo",
    ])
    func wholeMessagesThatConfirm(_ text: String) { #expect(OptOutWords.meaning(of: text) == .confirm) }

    @Test(arguments: [
        "no me escriban más", "No me envíen más mensajes, gracias", "STOP this terrible bill", "STOP 12345",
        "BAJA marketing",
        "please don't text me again", "quiero que me den de baja ya", "dejen de mandarme cosas",
        "Não quero receber mais mensagens",
        "parem de me enviar mensagens", "ne m'envoyez plus de messages", "je ne veux plus recevoir vos messages",
        "Bitte keine Nachrichten mehr", "schreiben Sie mir nicht mehr", "non scrivetemi più", "niet meer sturen",
        "stuur me geen berichten", "remove me from this list now", "how do I unsubscribe?", "yes stop",
        "I said stop it", "don't stop",
        "leave me alone", "esto es spam", "I don't want these messages anymore", "I no longer want to receive these",
        "please remove my number", "I want out",
    ])
    func sentencesThatSeemToAskAreForAPerson(_ text: String) {
        #expect(OptOutWords.meaning(of: text) == .possibleOptOut)
    }

    @Test(arguments: [
        "", " ", "👍", "gracias", "por favor", "Hola", "¿A qué hora abren?", "start my order please", "yes but when?",
        "cancel my appointment on Monday", "the end of the month", "la temporada es baja en mayo", "alta cocina",
        "12345", "ok",
        "I can't wait for the weekend", "no gracias", "¿Para cuántas personas?", "I'm quite happy", "fin de semana",
    ])
    func otherMessagesSayNothing(_ text: String) { #expect(OptOutWords.meaning(of: text) == .nothing) }

    @Test func labelsThatMayMeanSomethingElseAreForAPerson() {
        for label in ["Cancelar", "Cancel", "Fin", "Salir"] {
            #expect(OptOutWords.meaning(ofLabel: label) == .possibleOptOut)
        }
        for label in ["BAJA", "Stop", "Sair", "Darme de baja", "Arrêt", "Parar", "Unsubscribe"] {
            #expect(OptOutWords.meaning(ofLabel: label) == .optOut)
        }
        #expect(OptOutWords.meaning(ofLabel: "Cancelar cita") == .nothing)
    }

    /// What a business writes on a button may be about a menu, a table or an appointment: a doubtful yes is none.
    @Test func labelsPermitOnlyWhereNothingElseCanBeMeant() {
        for label in ["ALTA", "Unstop", "Subscribe", "Suscribirme", "Darme de alta"] {
            #expect(OptOutWords.meaning(ofLabel: label) == .resume)
        }
        for label in ["Start", "Iniciar", "Voltar", "Reanudar", "Starten", "Confirmar", "Confirm", "Bestätigen"] {
            #expect(OptOutWords.meaning(ofLabel: label) == .nothing, "\(label)")
        }
        #expect(OptOutWords.meaning(ofLabel: "Sí, acepto") == .confirm)
    }

    /// Nobody saw what software calls a button, so that it permits nothing.
    @Test func identifiersOnlyRestrict() {
        for identifier in ["start", "ALTA", "subscribe", "confirm", "yes", "accept", "menu_1", ""] {
            #expect(OptOutWords.meaning(ofIdentifier: identifier) == .nothing, "\(identifier)")
        }
        #expect(OptOutWords.meaning(ofIdentifier: "STOP") == .optOut)
        #expect(OptOutWords.meaning(ofIdentifier: "STOP_PROMOTIONS") == .optOutOfMarketing)
        #expect(OptOutWords.meaning(ofIdentifier: "cancel") == .possibleOptOut)
    }

    /// Everyday words of menus in seven languages are no return.
    @Test(arguments: ["Voltar", "iniciar", "anmelden", "beginnen", "commencer", "empezar", "começar", "iniziare"])
    func wordsOfMenusDoNotResume(_ text: String) { #expect(OptOutWords.meaning(of: text) == .nothing) }

    @Test func longMessagesAreBounded() {
        let filler = String(repeating: "bla ", count: 1_000)
        #expect(OptOutWords.meaning(of: filler + "stop") == .possibleOptOut)
        #expect(OptOutWords.meaning(of: filler + filler + "stop") == .nothing)
        #expect(OptOutWords.meaning(of: String(repeating: "stop ", count: 100_000)) == .possibleOptOut)
    }
}
