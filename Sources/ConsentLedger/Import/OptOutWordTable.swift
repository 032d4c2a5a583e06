internal import ConsentModel

/// The words themselves: those of the FCC's rule (47 CFR 64.1200(a)(10)), of Twilio, AWS and Telnyx, and what people
/// write in the seven languages. Entries are folded as messages are, so that accents and case do not matter here either.
struct OptOutWordTable: Sendable {
    /// Whole messages.
    private(set) var whole: [String: OptOutWords.Meaning] = [:]
    /// Opt-out words that mean other things too, so that at the head of a sentence, or on a button, they are no proof.
    private(set) var weak: Set<String> = []
    /// Of the words that take an opt-out back, those that speak of messages and nothing else, even on a button.
    private(set) var subscribing: Set<String> = []
    /// Of the words that say yes, those that on a button may be about something else.
    private(set) var confirming: Set<String> = []
    /// Words that tell wherever they stand.
    private(set) var telling: Set<String> = []
    /// Beginnings of requests, by their first word.
    private(set) var phrases: [String: [[String]]] = [:]
    /// Greetings and thanks, longest first, by their first and by their last word.
    private(set) var courtesyByFirst: [String: [[String]]] = [:]
    private(set) var courtesyByLast: [String: [[String]]] = [:]

    static let all = OptOutWordTable()

    private init() {
        // English
        add(
            .optOut,
            """
            stop, stopp, stop all, stopall, unsubscribe, unsub, un subscribe, quit, end, revoke, opt out,
            optout, opt me out, cancel, remove, remove me, td, stop now, unsubscribe me
            """)
        add(
            .optOutOfMarketing,
            """
            stop promotions, stop offers, stop marketing, stop promos, stop promo, stop ads
            """)
        add(
            .resume,
            """
            start, unstop, subscribe, resubscribe, opt in, optin, resume
            """)
        add(
            .confirm,
            """
            yes, y, yes i agree, i agree, agree, confirm, confirmed, i confirm, accept, i accept
            """)
        // Spanish
        add(
            .optOut,
            """
            baja, dar de baja, darme de baja, darse de baja, dame de baja, deme de baja, denme de baja, de baja,
            baja total, quiero darme de baja, solicito la baja, quiero la baja, parar, detener, alto, cancelar,
            cancelar suscripción, desuscribir, desuscribirme, desuscribirse, desinscribir, anular suscripción,
            eliminar, borrar, salir
            """)
        add(
            .optOutOfMarketing,
            """
            detener promociones, baja promociones, baja publicidad, baja ofertas
            """)
        add(
            .resume,
            """
            alta, reanudar, suscribir, suscribirme, volver a suscribirme, darme de alta, dar de alta
            """)
        add(
            .confirm,
            """
            sí, sí acepto, acepto, sí quiero, confirmo, confirmar, de acuerdo, estoy de acuerdo, sí confirmo
            """)
        // Portuguese
        add(
            .optOut,
            """
            sair, pare, parem, cancele, descadastrar, descadastre, descadastro, descadastrar me, remover, me
            remova, me remove, cancelar inscrição, cancelar assinatura, chega, bloquear mensagens, parar
            mensagens
            """)
        add(
            .optOutOfMarketing,
            """
            parar promoções, interromper promoções
            """)
        add(
            .resume,
            """
            retomar, inscrever, quero voltar a receber
            """)
        add(
            .confirm,
            """
            sim, sim aceito, aceito, sim quero, eu aceito, concordo
            """)
        // French
        add(
            .optOut,
            """
            arrêt, arrêter, arrêtez, fin, désabonner, désabonnement, désabonnez moi, me désabonner,
            désinscription, désinscrire, me désinscrire, se désabonner, se désinscrire, résilier, stop sms,
            supprimer
            """)
        add(
            .optOutOfMarketing,
            """
            arrêter les promotions, arrêter les promos, stop pub, stop publicité
            """)
        add(
            .resume,
            """
            démarrer, reprendre, abonner, m'abonner, me réabonner, réabonner
            """)
        add(
            .confirm,
            """
            oui, oui j'accepte, j'accepte, je confirme, d'accord, je suis d'accord, oui je veux
            """)
        // German
        add(
            .optOut,
            """
            abmelden, abmeldung, abbestellen, austragen, ende, aufhören, kündigen, widerruf, widerrufen,
            löschen, stoppen
            """)
        add(
            .optOutOfMarketing,
            """
            werbung stoppen, stopp werbung, stop werbung, angebote stoppen
            """)
        add(
            .resume,
            """
            fortsetzen, wieder anmelden, starten
            """)
        add(
            .confirm,
            """
            ja, ja gerne, ich stimme zu, einverstanden, bestätigen, ich bestätige, ja ich stimme zu
            """)
        // Italian
        add(
            .optOut,
            """
            ferma, fermati, fermare, basta, cancella, cancellami, cancellazione, cancellare, disiscrivi,
            disiscrivimi, disiscrizione, disattiva, annulla, annulla iscrizione, rimuovi, rimuovimi, basta
            messaggi
            """)
        add(
            .optOutOfMarketing,
            """
            basta promozioni, basta pubblicità, interrompi promozioni, stop promozioni
            """)
        add(
            .resume,
            """
            riprendi, riprendere, iscrivi, iscrivimi
            """)
        add(
            .confirm,
            """
            sì accetto, accetto, confermo, sono d'accordo, sì confermo
            """)
        // Dutch
        add(
            .optOut,
            """
            afmelden, uitschrijven, stoppen, einde, opzeggen, verwijderen, verwijder mij, schrijf me uit, meld
            me af
            """)
        add(
            .optOutOfMarketing,
            """
            stop reclame, stop aanbiedingen
            """)
        add(
            .resume,
            """
            hervatten, inschrijven
            """)
        add(
            .confirm,
            """
            ja graag, akkoord, ik ga akkoord, bevestigen, ik bevestig
            """)

        weak = Set(
            Self.entries(
                """
                end, quit, cancel, remove, td, revoke, alto, cancelar, eliminar, borrar, salir, detener, pare,
                chega, cancele, remover, fin, supprimer, ende, löschen, kündigen, aufhören, basta, ferma,
                cancella, cancellare, cancellazione, annulla, disattiva, rimuovi, einde, stoppen, verwijderen,
                opzeggen, fermare
                """
            ).joined())
        subscribing = Set(
            Self.entries(
                """
                unstop, subscribe, resubscribe, opt in, optin, alta, suscribir, suscribirme, volver a suscribirme,
                darme de alta, dar de alta, quero voltar a receber, abonner, m'abonner, me réabonner, réabonner,
                wieder anmelden
                """
            ).map { $0.joined(separator: " ") })
        confirming = Set(
            Self.entries(
                """
                confirm, confirmed, i confirm, confirmo, confirmar, sí confirmo, je confirme, bestätigen,
                ich bestätige, confermo, sì confermo, bevestigen, ik bevestig
                """
            ).map { $0.joined(separator: " ") })
        telling = Set(
            Self.entries(
                """
                stop, stopp, stopall, unsubscribe, unsubscribing, unsub, optout, spam, desuscribir,
                desuscribirme, desuscríbanme, desinscribir, desuscribanme, descadastrar, descadastre,
                descadastro, désabonner, désabonnement, désabonnez, désinscrire, désinscription, désinscrivez,
                abmelden, abbestellen, disiscrivi, disiscrivimi, disiscrizione, disiscrivetemi, afmelden,
                uitschrijven
                """
            ).joined())
        for phrase in Self.entries(
            """
            stop messaging, stop messages, no promotions, no molestar, no contactar, no enviar, no quiero
            publicidad, no más publicidad, no más promociones, no más ofertas, chega de, não enviar, plus de
            messages, plus de pub, plus de publicité, niente pubblicità, geen aanbiedingen, opt out, opt me out,
            stopping, don't want, dont want, do not want, no longer want, no longer wish, remove my, i want out, sick of,
            no more messages, no more texts, leave me alone, take me off, remove me, delete my number,
            delete my data, lose my number, don't text, dont text, do not text, don't message, dont message, do
            not message, don't contact, dont contact, do not contact, don't write, do not write, don't send,
            dont send, do not send, quit texting, quit messaging, not interested, de baja, la baja, no me
            escriban, no me escriba, no me escribas, no me envíe, no me envíen, no me envíes, no me mande, no me
            manden, no me mandes, no me contacte, no me contacten, no me contactes, no me moleste, no me
            molesten, no me molestes, no me llamen, no me llame, no escriban, no envíen, no manden, no quiero
            más, no quiero recibir, no quiero que, no deseo recibir, no deseo más, no deseo que, no más
            mensajes, dejen de, deja de, deje de, dejar de recibir, paren de, bórrenme, borrenme, bórrame,
            bórreme, elimínenme, elimíname, elimíneme, quítenme, quítame, sáquenme, sácame, no me interesa,
            retírenme, não me mande, não me mandem, não me envie, não me enviem, não me escreva, não me
            escrevam, não mande, não mandem, não envie, não enviem, não quero mais, não quero receber, não quero
            que, não quero promoções, não quero publicidade, não quero mensagens, parem de, pare de, para de
            mandar, para de enviar, para de me, me tira, me tirem, me tire, me remova, me remove, me removam, me
            exclua, deixem de, sair da lista, não me incomode, não tenho interesse, ne m'envoyez, n'envoyez
            plus, ne m'envoie, ne m'écrivez, ne m'écris, ne me contactez, ne plus recevoir, plus recevoir, ne
            veux plus, ne souhaite plus, ne veux pas recevoir, ne veux pas de, arrêtez de, arrête de, arrêter
            de, supprimez moi, retirez moi, laissez moi, pas intéressé, keine nachrichten, keine werbung, keine
            sms, keine weiteren, nicht mehr schreiben, nicht mehr anschreiben, nicht mehr kontaktieren, nicht
            mehr senden, schreiben sie mir nicht, schreibt mir nicht, lassen sie mich, lasst mich, hören sie
            auf, hört auf, kein interesse, lösch mich, löschen sie, löscht meine, meine nummer löschen, non
            scrivetemi, non scrivermi, non mi scrivete, non mi scrivere, non mandatemi, non mi mandate, non
            inviatemi, non mi inviate, non contattatemi, non mi contattate, non voglio più, non voglio ricevere,
            non voglio che, non voglio messaggi, non desidero più, non desidero ricevere, cancellatemi,
            rimuovetemi, toglietemi, basta messaggi, basta pubblicità, smettete di, smettetela, non mi
            interessa, geen berichten, geen reclame, geen sms, niet meer ontvangen, niet meer sturen, niet meer
            berichten, niet meer contacteren, stuur me geen, stuur mij geen, laat me met rust, schrijf me uit,
            schrijf mij uit, meld me af, verwijder mij, verwijder me, hou op, geen interesse
            """)
        {
            if let first = phrase.first { phrases[first, default: []].append(phrase) }
        }
        let courtesy = Self.entries(
            """
            please, pls, plz, thank you, thank you very much, thanks, many thanks, thx, ty, hi, hello, hey, good
            morning, por favor, porfavor, porfa, gracias, muchas gracias, hola, buenas, buenos días, buenas
            tardes, saludos, obrigado, obrigada, muito obrigado, muito obrigada, olá, bom dia, boa tarde, s'il
            vous plaît, s'il te plaît, svp, stp, merci, merci beaucoup, bonjour, bitte, danke, vielen dank,
            danke schön, hallo, guten tag, per favore, per piacere, grazie, grazie mille, ciao, buongiorno,
            alstublieft, alsjeblieft, aub, ajb, dank u, dank u wel, dank je, dank je wel, bedankt, goedendag
            """
        ).sorted { $0.count > $1.count }
        courtesyByFirst = Dictionary(grouping: courtesy) { $0[0] }
        courtesyByLast = Dictionary(grouping: courtesy) { $0[$0.count - 1] }
    }

    private mutating func add(_ meaning: OptOutWords.Meaning, _ list: String) {
        for entry in Self.entries(list) { whole[entry.joined(separator: " ")] = meaning }
    }

    /// The entries of a list, parted by commas, each as its words.
    private static func entries(_ list: String) -> [[String]] {
        list.split(separator: ",").map { TextFolding.words(String($0)) }.filter { !$0.isEmpty }
    }
}
