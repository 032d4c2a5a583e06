internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// The letter to a person who asked to be erased, or of whom what was kept has had its time: what is gone, what stays, why and
/// until when.
struct ErasureLetter {
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case en, es
    }

    enum What {
        /// Messages stopped; the rest waits for its date.
        case requested(ErasureRequest, erasesAt: Timestamp?, hold: Hold?)
        /// All is gone but what `holds` keep of others who had the address.
        case erased(RecordedErasure, holds: [Hold])
    }

    let address: String
    let business: String
    let language: Language
    let what: What
    /// The names of the proofs that go with it.
    let proofs: [String]

    /// The letter, in paragraphs, with what nobody sees made visible: names and reasons are the business's own words.
    var text: String {
        let paragraphs =
            switch (what, language) {
            case (.requested(let request, let erasesAt, let hold), .en): requestedEN(request, erasesAt, hold)
            case (.requested(let request, let erasesAt, let hold), .es): requestedES(request, erasesAt, hold)
            case (.erased(let erasure, let holds), .en): erasedEN(erasure, holds)
            case (.erased(let erasure, let holds), .es): erasedES(erasure, holds)
            }
        return Terminal.plainLines(paragraphs.joined(separator: "\n\n"))
    }

    private func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

    // MARK: English

    private func requestedEN(_ request: ErasureRequest, _ erasesAt: Timestamp?, _ hold: Hold?) -> [String] {
        var text = [
            "\(business)\nYour request to be erased: \(address)",
            "Messages to this address stopped the moment we recorded your request (record \(request.record), "
                + "\(day(request.recordedAt))).",
            "We keep what shows which messages you agreed to, and that you left, in case a claim is made about them. It is "
                + "shut: nobody but our legal department can look at it, and every look is recorded.",
            erasesAt.map { "It will be deleted from \(day($0)) on." }
                ?? "The date on which it will be deleted is not set yet; we will tell you.",
        ]
        if let hold {
            text.append(
                "At present it is held for a reason of ours that is on record as “\(hold.reason)”. While that lasts it is not "
                    + "deleted, whatever the date.")
        }
        return text + [
            "What stays after that: records in a log that cannot be altered, which say that somebody agreed to or stopped "
                + "messages at certain times. They name that person by a random number, and nothing will be left that leads from "
                + "it to you.",
            "We will also keep a keyed hash of your address, \(Self.suppressionEN)",
            recordedEN([request.record], "request"),
            Self.complaintEN,
        ]
    }

    private func erasedEN(_ erasure: RecordedErasure, _ holds: [Hold]) -> [String] {
        var text = [
            "\(business)\nYour data has been erased: \(address)",
            "Gone for good: your address, the keys under which everything we knew of you was encrypted (addresses, times, places "
                + "and texts kept as evidence), the counts of messages sent to you, and every copy of these that our system holds. "
                + "We can no longer show what you agreed to, or when.",
            "What stays: \(counted(erasure.recordCount, "record")) in a log that cannot be altered, which say that somebody "
                + "agreed to or stopped messages at certain times. They name that person by a random number, and nothing is left "
                + "that leads from it to you.",
        ]
        if erasure.reason == ErasureOrder.retentionOver {
            text.insert(
                "You had not asked us to: no more messages may be sent to you, and the time for which we keep what shows that we "
                    + "were allowed to send those before is over.", at: 1)
        }
        if !erasure.linkedContacts.isEmpty {
            text.append(
                "Records tie other addresses to this one, and those are kept. If they are yours too, ask us to erase them as well: "
                    + "until then, these records can be told to belong together.")
        }
        if !holds.isEmpty {
            text.append(
                "What we have of a contact who had this address at another time is held, for a reason of ours that is on record as "
                    + "“\(Self.reasons(holds))”, and is not erased while that lasts. If that was you, ask us again then."
            )
        }
        return text + [
            erasure.keepsSuppression
                ? "We also keep a keyed hash of your address, \(Self.suppressionEN)"
                : "Not even a mark against old lists is kept. If one with your address is imported, you could be entered again; "
                    + "tell us, and we will erase it again.",
            "Copies in backups cannot be opened once the backups of the keys from before the erasure are destroyed.",
            recordedEN(erasure.records, "erasure"), Self.complaintEN,
        ]
    }

    private static let suppressionEN =
        "for one purpose only: so that no old list that is imported later brings you back. It says nothing else of you, and you "
        + "can opt in again yourself whenever you wish. We keep it without a time limit, for your protection; you can ask us to delete it "
        + "as well."

    private static let complaintEN = "You can complain to your data protection authority."

    private func recordedEN(_ records: [UInt64], _ what: String) -> String {
        "The \(what) is recorded (record \(Self.list(records))). "
            + (proofs.isEmpty
                ? "Ask us for the proof that it is in the log"
                : "The proof that it is in the log: \(Self.names(proofs))")
            + ". It can be checked with software that is not ours (C2SP tlog-proof)."
    }

    // MARK: Spanish

    private func requestedES(_ request: ErasureRequest, _ erasesAt: Timestamp?, _ hold: Hold?) -> [String] {
        var text = [
            "\(business)\nSu solicitud de supresión: \(address)",
            "Los mensajes a esta dirección cesaron en el momento en que registramos su solicitud (registro \(request.record), "
                + "\(day(request.recordedAt))).",
            "Conservamos lo que demuestra qué mensajes aceptó y que se dio de baja, por si se presentara una reclamación. Está "
                + "bloqueado: solo nuestro departamento jurídico puede consultarlo, y cada consulta queda registrada.",
            erasesAt.map { "Se eliminará a partir del \(day($0))." }
                ?? "La fecha en que se eliminará aún no está fijada; se la comunicaremos.",
        ]
        if let hold {
            text.append(
                "Actualmente está retenido por un motivo nuestro que consta como «\(hold.reason)». Mientras dure no se elimina, sea "
                    + "cual sea la fecha.")
        }
        return text + [
            "Después permanecerán registros en un diario que no puede alterarse, que dicen que alguien aceptó o detuvo mensajes "
                + "en ciertos momentos. Designan a esa persona con un número aleatorio, y no quedará nada que conduzca de él a "
                + "usted.",
            "Conservaremos además un resumen criptográfico con clave de su dirección, \(Self.suppressionES)",
            recordedES([request.record], "La solicitud"), Self.complaintES,
        ]
    }

    private func erasedES(_ erasure: RecordedErasure, _ holds: [Hold]) -> [String] {
        var text = [
            "\(business)\nSus datos han sido suprimidos: \(address)",
            "Se ha eliminado definitivamente: su dirección, las claves con las que estaba cifrado todo lo que sabíamos de usted "
                + "(direcciones, horas, lugares y textos conservados como prueba), el recuento de los mensajes enviados y toda "
                + "copia de ello en nuestro sistema. Ya no podemos demostrar qué aceptó ni cuándo.",
            (erasure.recordCount == 1 ? "Permanece 1 registro" : "Permanecen \(erasure.recordCount) registros")
                + " en un diario que no puede alterarse, donde consta que alguien aceptó o detuvo mensajes en ciertos momentos. "
                + "Esa persona figura con un número aleatorio, y no queda nada que conduzca de él a usted.",
        ]
        if erasure.reason == ErasureOrder.retentionOver {
            text.insert(
                "Usted no lo había solicitado: ya no se le pueden enviar mensajes, y ha terminado el plazo durante el que "
                    + "conservamos lo que demuestra que podíamos enviarle los anteriores.", at: 1)
        }
        if !erasure.linkedContacts.isEmpty {
            text.append(
                "Hay registros que vinculan otras direcciones con esta, y esas se conservan. Si también son suyas, pídanos que las "
                    + "suprimamos: hasta entonces, puede verse que esos registros van juntos.")
        }
        if !holds.isEmpty {
            text.append(
                "Lo que tenemos de un contacto que tuvo esta dirección en otro momento está retenido por un motivo nuestro que "
                    + "consta como «\(Self.reasons(holds))», y no se suprime mientras dure. Si era usted, pídanoslo de nuevo entonces."
            )
        }
        return text + [
            erasure.keepsSuppression
                ? "Conservamos además un resumen criptográfico con clave de su dirección, \(Self.suppressionES)"
                : "No se conserva ni siquiera una marca contra listas antiguas. Si se importa una con su dirección, podría ser "
                    + "incluido de nuevo; díganoslo y lo suprimiremos otra vez.",
            "Las copias de seguridad no pueden abrirse una vez destruidas las copias de las claves anteriores a la supresión.",
            recordedES(erasure.records, "La supresión"), Self.complaintES,
        ]
    }

    private static let suppressionES =
        "con un único fin: que ninguna lista antigua que se importe más adelante le incluya de nuevo. No dice nada más de usted, y "
        + "usted mismo puede volver a aceptar mensajes cuando quiera. Lo conservamos sin plazo, para su protección; puede pedirnos que "
        + "lo eliminemos también."

    private static let complaintES = "Puede presentar una reclamación ante su autoridad de protección de datos."

    private func recordedES(_ records: [UInt64], _ what: String) -> String {
        "\(what) está registrada (registro \(Self.list(records))). "
            + (proofs.isEmpty
                ? "Pídanos la prueba de que consta en el diario"
                : "La prueba de que consta en el diario: \(Self.names(proofs))")
            + ". Puede comprobarse con programas ajenos a nosotros (C2SP tlog-proof)."
    }

    // MARK: Parts

    private static func list(_ records: [UInt64]) -> String { records.map { "\($0)" }.joined(separator: ", ") }

    private static func reasons(_ holds: [Hold]) -> String { Set(holds.map(\.reason)).sorted().joined(separator: ", ") }

    /// Of files that lie beside the letter, the names alone.
    private static func names(_ proofs: [String]) -> String {
        proofs.map { String($0.split(separator: "/").last ?? "") }.joined(separator: ", ")
    }
}
