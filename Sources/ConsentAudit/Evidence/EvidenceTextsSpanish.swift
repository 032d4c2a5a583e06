/// The page's words in Spanish.
enum EvidenceTextsSpanish {
    static let table: [String: String] = [
        "title": "Prueba del consentimiento: %1 y %2",
        "title.handle": "Prueba del consentimiento: %1 y el contacto %2",
        "test":
            "Procede de un registro de PRUEBAS: él mismo declara que sirve para probar, y nada de lo que contiene tiene por qué ser cierto.",

        "who": "A quién se refiere",
        "who.business": "Empresa",
        "who.brands": "Marcas",
        "who.contact": "Contacto",
        "who.contact.shown": "%1, según la prueba privada abierta del asiento %2",
        "who.contact.stated": "%1, según declara quien hizo este archivo; ningún asiento abierto lo demuestra",
        "who.contact.unknown": "no se conoce: solo se conoce su seudónimo",
        "who.erased":
            "Este contacto fue suprimido del registro (asiento %1). El registro ya no puede mostrar la dirección ni las pruebas privadas; los asientos siguientes son lo único que queda.",
        "who.handle": "Seudónimo en el registro",
        "who.ledger": "Registro",
        "who.made": "Este archivo se hizo el",
        "who.made.stated": "%1, según declara quien lo hizo",
        "who.asked": "Momento consultado",
        "who.scope": "Categorías; medios",
        "who.stated": "SHA-256 de lo preguntado y declarado",
        "who.chains": "Asientos incluidos",
        "who.chain.own":
            "%1 asientos bajo el seudónimo propio del contacto, del primero al último, que es el asiento %2",
        "who.chain.own.one": "%1 asiento bajo el seudónimo propio del contacto, el asiento %2",
        "who.chain.same-line":
            "%1 asientos bajo el seudónimo %2, de otra forma de escribir la misma línea: lo que allí se detuvo cuenta también aquí",
        "who.chain.same-line.one":
            "%1 asiento bajo el seudónimo %2, de otra forma de escribir la misma línea: lo que allí se detuvo cuenta también aquí",
        "who.chain.linked":
            "%1 asientos bajo el seudónimo %2, que un asiento enlaza con este contacto: lo que allí se detuvo cuenta también aquí",
        "who.chain.linked.one":
            "%1 asiento bajo el seudónimo %2, que un asiento enlaza con este contacto: lo que allí se detuvo cuenta también aquí",
        "who.chain.ledger": "%1 asientos de la cadena del propio registro: sus claves, empresas, avisos y reglas",
        "who.chain.ledger.one": "%1 asiento de la cadena del propio registro: sus claves, empresas, avisos y reglas",

        "answer": "La respuesta",
        "answer.none":
            "A fecha de %1, para ninguna de las categorías y ninguno de los medios consultados permitía lo registrado a %2 enviar mensajes a %3.",
        "answer.some": "A fecha de %1, lo registrado permitía a %2 enviar a %3 mensajes sobre:",
        "answer.cell": "%1 %2, desde el %3",
        "answer.cell.until": "%1 %2, desde el %3, hasta el %4",
        "answer.person": "esta persona",
        "answer.caps":
            "Cuántos mensajes se enviaron no consta en el registro: aquí no se consideran los límites de su número, ni una base que el remitente solo afirma.",
        "answer.columns.what": "Sobre",
        "answer.columns.how": "Medio",
        "answer.columns.answer": "¿Permitido?",
        "answer.columns.since": "Amparado desde – hasta",
        "answer.columns.why": "Por qué",
        "answer.rest":
            "Lo demás que se consultó, %1 combinaciones de categoría y medio, nunca estuvo permitido, y ningún asiento habla de ello.",
        "answer.rest.one":
            "La otra combinación de categoría y medio que se consultó (%1) nunca estuvo permitida, y ningún asiento habla de ella.",
        "outcome.allow": "Sí",
        "outcome.deny": "No",
        "outcome.defer": "Ahora no",
        "outcome.none": "Sin respuesta",
        "open-end": "abierto",
        "record": "asiento %1",
        "records": "asientos %1",
        "rule": "regla %1 de %2",

        "problem.unknown-business": "el registro no conocía entonces la empresa",
        "problem.unknown-category": "el registro no conocía entonces la categoría",
        "problem.unknown-channel": "no existe tal medio",
        "problem.unknown-sender": "el registro no conocía entonces al remitente",
        "problem.unknown-template": "el registro no sabía entonces de qué tratan los mensajes de la plantilla",
        "problem.contradictory-question": "lo que se dice del mensaje se contradice",
        "problem.missing-text": "falta el texto de un aviso",
        "problem.not-covered": "un asiento es de un tipo que esta versión no conoce",

        "sends": "Los mensajes discutidos",
        "sends.intro":
            "De cada mensaje, primero la respuesta según lo registrado cuando se envió, pues nadie puede actuar con más; después, si es otra, la respuesta según todo lo registrado hoy.",
        "sends.columns.number": "N.º",
        "sends.columns.at": "Enviado",
        "sends.columns.what": "Mensaje",
        "sends.columns.then": "¿Permitido entonces?",
        "sends.columns.why": "Por qué",
        "sends.today": "Según todo lo registrado hoy: %1.",
        "sends.from": "del remitente %1",
        "sends.template": "plantilla %1",

        "timeline": "Línea de tiempo",
        "timeline.title": "Qué estuvo permitido y cuándo, y qué ocurrió",
        "timeline.caption":
            "Barra llena: el mensaje estaba permitido, a las horas que las reglas permiten; barra vacía: debía esperar. Línea fina: no estaba permitido. Triángulo: un alta; cuadrado: una baja u otro freno; rombo: un mensaje discutido; punto: otra cosa. Los números son los de los hechos que siguen. Todo según lo registrado hoy; horas en UTC. Acaba poco después del último cambio, o en el momento consultado.",

        "events": "Qué ocurrió, hecho por hecho",
        "events.linked": "Asientos de contactos enlazados",
        "events.linked.intro":
            "Están bajo otros seudónimos. Se muestran porque un freno registrado allí obliga también aquí, y para que no falte nada entre el primero y el último. Sus pruebas privadas no se muestran.",
        "event.happened": "Ocurrió",
        "event.happened.unknown": "no se sabe",
        "event.recorded": "Registrado",
        "event.scope": "Sobre",
        "event.everything": "todo",
        "event.every-channel": "por cualquier medio",
        "event.local": "hora local %1",
        "event.local-between": "hora local entre %1 (%2) y %3 (%4)",
        "event.method": "Recogido mediante",
        "event.verification": "Comprobado mediante",
        "event.presentation": "Presentado como",
        "event.words": "Texto mostrado",
        "event.words.notice": "aviso %1, en %2, conocido por el registro desde el asiento %3 (%4)",
        "event.words.attested": "El tiempo en que se mostró se atestiguó después.",
        "event.words.missing": "El texto no está en este archivo.",
        "event.source": "Declarado por",
        "event.source.custody": "%1, autorizado por el asiento %2; la clave privada está en poder de: %3",
        "event.source.unknown": "%1, que ningún asiento autoriza",
        "event.key": "Clave que firma",
        "event.private": "Prueba privada: %1",
        "event.private.hidden": "Prueba privada",
        "event.private.count": "%1 campos están comprometidos y aquí no se muestran",
        "event.private.count.one": "%1 campo está comprometido y aquí no se muestra",
        "event.private.closed": "comprometida; aquí no se muestra",
        "event.imported": "tomado de registros llevados en otra parte, sin que este registro lo presenciara entonces",
        "event.other": "Además dice",
        "event.attached": "Archivo adjunto",
        "event.attached.here": "está en este paquete, junto a esta página, como %1 (%2 bytes)",
        "event.attached.missing": "su contenido no está en este paquete",
        "event.attached.to": "; es prueba del asiento %1",
        "event.seen": "Visto por otros",
        "event.seen.cosigned": "constaba a más tardar el %1, según la firma de %2 sobre el registro de tamaño %3",
        "event.seen.stamped": "constaba a más tardar el %1, según un sello de tiempo del registro de tamaño %2",
        "event.unseen.cosigned": "no estaba en el registro de tamaño %3, que %2 firmó el %1",
        "event.unseen.stamped": "no estaba en el registro de tamaño %2, que se selló, como pronto, el %1",
        "event.place": "Lugar en el registro",
        "event.place.value": "asiento %1, número %2 de la cadena de su contacto, huella %3",
        "event.unknown": "Esta versión no sabe qué significan los asientos de este tipo.",
        "custody.ledger": "el propio registro",
        "custody.external": "la fuente, fuera del registro",

        "clearances": "Autorizaciones",
        "clearances.intro":
            "Antes de un mensaje, el remitente puede preguntar al registro y guardar su respuesta firmada. Estas se aportaron con este archivo.",
        "clearances.columns.decided": "Decidida",
        "clearances.columns.about": "Pregunta",
        "clearances.columns.answer": "Respuesta",
        "clearances.columns.anchor": "Anclada en el registro",
        "clearances.none": "no",

        "proof": "Qué queda probado, y de qué se podría dudar todavía",
        "proof.tree":
            "Cada asiento de este archivo está en el registro %1 tal como era con el tamaño %2, cuya huella raíz firmó la clave del registro. Cambiar, quitar o añadir allí un asiento cambiaría la raíz.",
        "proof.chain":
            "Los asientos del contacto están enlazados uno con otro desde el primero. No falta ninguno entre el primero y el último que se muestran; que no hubiera nada después del último no queda probado.",
        "proof.signatures":
            "En este archivo hay %1 declaraciones de fuentes.",
        "proof.signatures.one": "En este archivo hay %1 declaración de una fuente.",
        "proof.held":
            " %1 de ellas se firmaron con claves que tenía el propio registro: en esas, fuente y operador son uno.",
        "proof.held.one":
            " %1 de ellas se firmó con una clave que tenía el propio registro: en esa, fuente y operador son uno.",
        "proof.words":
            "Los textos mostrados y cada prueba privada que se abre coinciden con las huellas que guardan los asientos.",
        "proof.unanchored":
            "Este archivo no muestra que ningún tercero haya visto el registro. La propia empresa, que tiene todas las claves, pudo haberlo producido en cualquier momento hasta hoy; quien haya guardado un punto de control anterior puede demostrar otra cosa.",
        "proof.seen":
            "Otros han visto el registro, según dicen firmas y sellos de tiempo de este archivo. Los asientos por debajo de un tamaño existían cuando se vio un registro de ese tamaño, para quien confíe en quienes firmaron y sellaron. Esta página no juzga a ninguno: lo hace consent evidence verify, con --policy y --roots.",
        "proof.seen.all": "Todos los asientos del contacto constaban a más tardar el %1, según dicen.",
        "proof.seen.columns.size": "Tamaño del registro",
        "proof.seen.columns.who": "Visto por",
        "proof.seen.columns.when": "Cuándo",
        "proof.seen.stamp": "una autoridad de sellado de tiempo (sello %1)",
        "proof.seen.between": "del %1 al %2",
        "proof.seen.untimed": "no dice ninguna hora que se pueda leer",
        "proof.unrecorded":
            "No queda probado que todo acto se registrara: un acto que nadie registró no deja rastro. Las horas de los hechos son las que declararon sus fuentes.",
        "proof.ledger-id": "Identificador del registro",
        "proof.origin": "Origen del registro",
        "proof.root": "Huella raíz",
        "proof.size": "Tamaño",
        "proof.keys": "Claves que nombra el registro",
        "proof.doubt.columns.who": "Quién, si fuera deshonesto o le robaran",
        "proof.doubt.columns.can": "podría",
        "proof.doubt.columns.cannot": "no podría sin que se note",
        "proof.doubt.operator.who": "el operador, con todas las claves",
        "proof.doubt.operator.can":
            "escribir una historia falsa entera más reciente que el punto de control más antiguo que otro guardara, u omitir un acto",
        "proof.doubt.operator.cannot": "cambiar lo anterior a ese punto de control",
        "proof.doubt.source.who": "la clave de una fuente",
        "proof.doubt.source.can": "declarar hechos falsos hasta que se revoque la clave",
        "proof.doubt.source.cannot": "cambiar o quitar lo que hay, ni hablar por otra fuente",
        "proof.doubt.log.who": "la clave del registro",
        "proof.doubt.log.can": "firmar una segunda historia",
        "proof.doubt.log.cannot": "falsificar la declaración de una fuente",
        "proof.doubt.maker.who": "quien hizo este archivo",
        "proof.doubt.maker.can":
            "omitir los asientos más recientes, pruebas privadas, archivos adjuntos, o firmas y sellos de tiempo de otros, o declarar una dirección equivocada donde ningún asiento abierto la demuestra",
        "proof.doubt.maker.cannot": "cambiar un asiento, ni omitir uno entre el primero y el último",

        "custodian": "Declaración del responsable",
        "custodian.text":
            "Soy responsable del registro arriba nombrado. Este archivo se produjo a partir de él con su programa en el curso ordinario de la actividad y, según mi leal saber y entender, sus asientos se hicieron en las fechas indicadas o cerca de ellas.",
        "custodian.name": "Nombre y cargo",
        "custodian.place": "Lugar y fecha",
        "custodian.signature": "Firma",

        "verify": "Cómo se comprueba",
        "verify.text":
            "Esta página sale de evidence.json, y este de los asientos que lo acompañan; una página amañada se descubre al comprobar. VERIFY.txt tiene los pasos. Lo que hay que conocer por otra vía que este archivo: el origen, la clave del registro y su identificador.",

        "instructions": """
        Cómo se comprueba este paquete de pruebas
        =========================================

        evidence.html es para las personas. Sale de evidence.json, y este de los asientos que lo acompañan, de cada uno de
        los cuales se prueba que está en el registro que firma el archivo “checkpoint”. Al comprobar como en 1 o en 2 se
        descubre una página amañada, se cambiara lo que se cambiara con ella; 3 descubre lo que no es como lo tienen los
        asientos.

        Lo que hay que conocer por otra vía
        -----------------------------------
        Todo lo de este archivo podría ser falso en su conjunto. Por eso, pida a la empresa, a su auditor o a un testigo
        del registro, por otra vía que este archivo, estos tres datos, y compárelos:

            origen                  %1
            id. del registro        %2
            claves del registro, de las que una ha de ser la conocida (VKEY más abajo):
        %3

        1. Con el programa consent
        --------------------------
            consent evidence verify ARCHIVO.zip --vkey 'VKEY' --ledger-id LEDGER_ID

        Termina con 0 si todo se sostiene; si no, nombra cada archivo y asiento que no. Con --policy (los testigos en
        quienes usted confía) y --roots (los certificados de las autoridades de sellado de tiempo en quienes confía) dice
        además cuándo queda demostrado que existía cada asiento.

        2. Con verify.py, que otros escribieron a partir de la especificación
        ---------------------------------------------------------------------
        Necesita Python 3.11 o posterior y nada más. Si puede, tómelo del proyecto y no de este paquete: un falsificador
        pudo cambiar el que está aquí. Mira cada asiento, prueba y campo, y vuelve a calcular las respuestas y
        la página; lo que deja fuera, lo dice.

            python3 verify.py ARCHIVO.zip --vkey 'VKEY' --ledger-id LEDGER_ID

        3. A mano, y con cualquier programa de registros de transparencia
        -----------------------------------------------------------------
            unzip ARCHIVO.zip -d paquete && cd paquete && sha256sum -c SHA256SUMS

        dice que los archivos son los que se pusieron. Después, para cada asiento, aquí el %4:

        - records/%4 es el propio asiento, en CBOR. Su huella de hoja (RFC 6962) es

              { printf '\\0'; cat records/%4; } | sha256sum

          y está también en la página.
        - proofs/%4.tlog-proof es un tlog-proof de C2SP (https://c2sp.org/tlog-proof): la línea “extra” es el asiento en
          base64, las líneas tras “index” son el camino, y sigue el punto de control. Cualquier programa para tlog-proof
          dice si el camino lleva de la huella de hoja a la raíz del punto de control, con la clave del registro. O bien:
              consent verify-proof proofs/%4.tlog-proof --vkey 'VKEY' --ledger-id LEDGER_ID
        - checkpoint es una nota firmada (https://c2sp.org/signed-note): sus tres primeras líneas son origen, tamaño y
          raíz, y la línea tras la vacía es la firma Ed25519 del registro sobre ellas. Las líneas de otros son cofirmas
          (https://c2sp.org/tlog-cosignature).
        - checkpoints/, si está, tiene puntos de control anteriores que otros han visto, cada uno en una prueba de que el
          registro solo creció desde él. O bien, para cada uno:
              consent verify-proof checkpoints/TAMAÑO.consistency-proof --vkey 'VKEY'
        - stamps/, si está, tiene sellos de tiempo (RFC 3161) de esos puntos de control, con el tamaño y el SHA-256 en el
          nombre. Lo sellado es el texto del punto de control, una línea vacía y la línea de firma del registro; con ello en
          el archivo SELLADO:
              openssl ts -verify -in stamps/TAMAÑO.SHA256.tsr -data SELLADO -CAfile RAICES.pem
        - private/%4.json, si está, abre lo que el asiento solo compromete: SPEC.md del proyecto, “Commitments”, tiene las
          huellas.
        - objects/ tiene los textos que se mostraron a la persona y las reglas que se adoptaron, cada uno con su SHA-256
          por nombre: sha256sum objects/* muestra lo mismo que sus nombres. Lo mismo vale para attachments/, que tiene los
          archivos adjuntados como prueba: los campos privados de un asiento dicen su SHA-256. Ábralos como abriría un
          archivo de un desconocido.

        SPEC.md del proyecto, “Evidence bundles”, lo tiene todo al detalle; con él solo se puede escribir un verificador.

        """,

        "channel.email": "por correo electrónico", "channel.fax": "por fax", "channel.inapp": "en la aplicación",
        "channel.line": "por LINE", "channel.mms": "por MMS", "channel.post": "por correo postal",
        "channel.push": "por notificación push", "channel.rcs": "por RCS", "channel.sms": "por SMS",
        "channel.voice": "por llamada de voz", "channel.whatsapp": "por WhatsApp",

        "type.consent-requested": "Se pidió el consentimiento", "type.consent-given": "Consentimiento dado",
        "type.consent-confirmed": "Consentimiento confirmado", "type.consent-renewed": "Consentimiento renovado",
        "type.consent-refused": "Consentimiento denegado", "type.consent-withdrawn": "Consentimiento retirado (baja)",
        "type.consent-revoked": "Consentimiento revocado por otro que la persona",
        "type.consent-resumed": "Baja deshecha por la persona",
        "type.consent-invalidated": "Consentimiento declarado inválido",
        "type.basis-began": "Empezó otra base", "type.basis-ended": "Terminó otra base", "type.objected": "Oposición",
        "type.complained": "Queja", "type.blocked": "Remitente bloqueado", "type.reported": "Remitente denunciado",
        "type.review-opened": "Posible baja en revisión", "type.review-decided": "Revisión resuelta",
        "type.event-voided": "Asiento anterior anulado", "type.contact-changed": "Cambio de dirección",
        "type.contact-linked": "Dos direcciones enlazadas", "type.contact-unlinked": "Dos direcciones desenlazadas",
        "type.contact-reassigned": "La dirección pasó a otra persona", "type.contact-erased": "Contacto suprimido",
        "type.evidence-attached": "Prueba añadida", "type.migrated": "Tomado de otro registro",
        "type.hold-added": "Conservación legal", "type.hold-lifted": "Fin de la conservación legal",

        "method.api": "una interfaz de la empresa", "method.call-agent": "un agente telefónico",
        "method.checkout": "el pago de una compra", "method.click-to-chat": "un enlace para chatear",
        "method.command-line": "lo escribió el operador", "method.email-link": "un enlace en un correo",
        "method.import": "una importación", "method.in-app": "una aplicación", "method.in-person": "en persona",
        "method.ivr": "un menú telefónico", "method.keyword": "una palabra clave", "method.offline": "sin conexión",
        "method.one-click-unsubscribe": "baja en un clic", "method.other": "otra vía", "method.paper": "papel",
        "method.platform-preference": "una preferencia en la plataforma", "method.point-of-sale": "un punto de venta",
        "method.provider-signal": "una señal del proveedor", "method.qr-code": "un código QR",
        "method.web-form": "un formulario web", "method.whatsapp-thread": "un hilo de WhatsApp",

        "verification.code": "un código enviado e introducido", "verification.double-opt-in": "un doble consentimiento",
        "verification.in-thread": "una respuesta en el mismo hilo", "verification.none": "nada",
        "verification.signed": "una firma",

        "reason.consent-given": "la persona dio su consentimiento",
        "reason.consent-confirmed": "la persona dio su consentimiento y lo confirmó",
        "reason.consent-renewed": "la persona renovó su consentimiento",
        "reason.basis-recorded": "consta otra base de la categoría que el consentimiento",
        "reason.basis-asserted": "el remitente afirma otra base que el consentimiento y responde de ella",
        "reason.replying": "la persona escribió, y esta es la respuesta",
        "reason.opt-out-confirmation": "un mensaje, que ha de reservarse, puede confirmar la baja",
        "reason.confirmation-request": "un mensaje, que ha de reservarse, puede pedir la confirmación del alta",
        "reason.notice-reconstructed": "el texto mostrado se conservó, y cuándo se mostró se atestiguó después",
        "reason.notice-unknown-accepted": "nadie conservó el texto, y la empresa ha dicho que lo acepta por un tiempo",
        "reason.no-record": "nada consta sobre este contacto",
        "reason.no-consent": "ningún consentimiento cubre este medio y esta categoría",
        "reason.no-basis": "ningún asiento muestra la base de la categoría, y el remitente no afirma ninguna",
        "reason.pending": "un consentimiento espera su confirmación",
        "reason.confirmation-too-late": "no consta que la confirmación llegara mientras la petición estaba abierta",
        "reason.confirmation-after-withdrawal": "entre la petición y su confirmación hay una baja",
        "reason.refused": "la persona se negó",
        "reason.withdrawn": "la persona retiró su consentimiento",
        "reason.revoked": "otro que la persona revocó el consentimiento",
        "reason.invalidated": "el consentimiento se declaró inválido",
        "reason.objected": "la persona se opuso",
        "reason.expired": "el consentimiento ha caducado",
        "reason.notice-unknown": "nadie conservó el texto que se mostró a la persona",
        "reason.notice-too-young": "no consta que el aviso existiera cuando se dio el consentimiento que lo nombra",
        "reason.notice-defective": "al texto que se mostró a la persona le falta lo que debe decir",
        "reason.opt-in-undated":
            "nadie sabe cuándo se dio el consentimiento, ni si el texto que nombra existía entonces",
        "reason.import-does-not-revive":
            "un consentimiento importado no revive lo que el registro ya tiene por terminado",
        "reason.source-compromised": "la clave de la fuente pudo estar en otras manos cuando se registró",
        "reason.not-verified": "no se comprobó, como pide una regla, que consintiera la persona de esa dirección",
        "reason.presentation-refused": "el consentimiento se presentó de una forma que una regla rechaza",
        "reason.consent-required": "una regla pide consentimiento, y la base de la categoría no lo suple",
        "reason.do-not-contact": "la persona pidió que no se la contacte",
        "reason.complained": "la persona se quejó",
        "reason.blocked": "la persona bloqueó a la empresa",
        "reason.reported": "la persona denunció a la empresa",
        "reason.held-for-review": "un mensaje que puede ser una baja espera a que alguien decida",
        "reason.contact-closed": "la dirección cambió de manos o fue suprimida",
        "reason.category-retired": "la empresa ya no envía esta categoría",
        "reason.no-message-to-answer":
            "un mensaje de la clase service responde a uno de la persona, y no hay ninguno que responder",
        "reason.outside-service-window":
            "el último mensaje de la persona es demasiado antiguo para responderlo con uno de la clase service",
        "reason.no-opt-out-to-confirm":
            "no hay en vigor ninguna baja que llegara por este medio, y por tanto ninguna que confirmar",
        "reason.opt-out-confirmed": "la baja ya se confirmó",
        "reason.opt-out-confirmation-too-late": "la baja es demasiado antigua para confirmarla",
        "reason.no-pending-request": "ningún consentimiento espera confirmación",
        "reason.already-requested": "ya se pidió a la persona que confirmara",
        "reason.sent-unknown": "se perdieron los recuentos, y nadie sabe si el único mensaje permitido ya se envió",
        "reason.prohibited": "una regla prohíbe ese mensaje",
        "reason.not-decidable": "una regla guarda en otra parte a quién se puede escribir; aquí no se puede decidir",
        "reason.outside-hours": "no es una hora a la que una regla permita ese mensaje",
        "reason.time-zone-unknown":
            "una regla permite ese mensaje a ciertas horas, y no se sabe qué hora es para la persona",
        "reason.cap-reached": "se enviaron tantos mensajes como una regla permite",
        "reason.counts-incomplete":
            "una regla limita cuántos mensajes se envían, y no se sabe con certeza cuántos se enviaron",
    ]
}
