# the question of every stored study
question-alsan-yang = ¿Bajó la delincuencia donde llegó el programa?
question-attitudes = ¿Cómo son las actitudes y el miedo declarado donde la gente teme preguntas sobre su estatus?
question-calibration = ¿Qué valores de los parámetros inciertos concuerdan con lo publicado?
question-chicago-2019 = ¿Confían los residentes hispanos menos que otros en la policía, y cuánto menos?
question-costa-mesa = ¿Cambió la opinión sobre la policía cuando una ciudad empezó a aplicar la ley de inmigración?
question-detainers = ¿Cuántas solicitudes de retención se emitieron y cuántas se cumplieron?
question-fear-and-ties = ¿Cómo se propaga el miedo por los vínculos y qué cambia en él cada régimen?
question-fear-and-trust-2008 = ¿Confían menos en la policía quienes temen la deportación?
question-founding-case = ¿Qué habría cambiado en San Francisco cada exclusión de 2010, y cuál es un placebo?
question-goncalves-jacome-weisburst = ¿Fueron los residentes hispanos víctimas más a menudo, y denunciaron menos, desde que llegó el programa?
question-hines-peri = ¿Redujeron la delincuencia las expulsiones del programa?
question-miles-cox = ¿Cambió la delincuencia cuando se activaron los condados?
question-national-funnel = ¿Cuántas huellas se convierten en coincidencias, custodia y expulsiones en el país?
question-new-york-and-cook = ¿Qué pasó con las solicitudes de retención donde Nueva York y el condado de Cook las rechazaron?
question-pew-2008-2014 = ¿Cómo cambió la confianza hispana en la policía entre 2008 y 2014?
question-predictive = ¿Encuentra el modelo aquello a lo que no fue ajustado?
question-prince-william = ¿Qué hizo la aplicación de la ley en un condado a las relaciones con la policía?
question-san-francisco = ¿En qué se diferencian los regímenes en San Francisco con los mismos dados?
question-texas-2012 = ¿Cambiaron las expulsiones lo que los latinos esperan del gobierno?
question-tournament = ¿Qué hipótesis rivales pueden distinguir los hallazgos publicados?
question-treyger-chalfin-loeffler = ¿Cambió la delincuencia en las ciudades cuando llegó el programa?
question-trust-act = ¿Bajaron las retenciones con la ley TRUST de California?
question-trust-hypotheses = ¿Qué hipótesis sobre la confianza pueden distinguir los hallazgos?
question-trust-sizes = ¿Qué tamaño tienen los efectos del modelo sobre la confianza?
question-united-states = ¿Qué hace el programa en todos los condados del país?
question-regimes = ¿Qué cambia cada régimen frente a Secure Communities tal como fue?

# what was published beside the model's
question-other = ¿Qué resultó de esta simulación, comparación o barrido?
results-about = De dónde viene: versiones y sumas de control
results-verdicts = Lo publicado y lo modelado, con veredictos: { $result }
results-finding = Qué se encontró
results-published = Publicado
results-model = Modelo
results-picture = Publicado arriba, modelo abajo
results-verdict = Veredicto
results-beside = Publicado { $published }; modelo { $model }
