# the question of every stored study
question-alsan-yang = Did crime fall where the programme came?
question-attitudes = What do attitudes and stated fear look like where people fear status questions?
question-calibration = Which values of the uncertain parameters agree with what was published?
question-chicago-2019 = Do Hispanic residents trust the police less than others, and by how much?
question-costa-mesa = Did the views of the police change when a city began to enforce immigration law?
question-detainers = How many detainers were issued, and how many were honoured?
question-fear-and-ties = How does fear spread through ties, and what does each regime change in it?
question-fear-and-trust-2008 = Do those who fear deportation trust the police less?
question-founding-case = What would each opt-out of 2010 have changed in San Francisco, and which is a placebo?
question-goncalves-jacome-weisburst = Were Hispanic residents victims more often, and did they report less, once the programme came?
question-hines-peri = Did the programme's removals lower crime?
question-miles-cox = Did crime change when counties were switched on?
question-national-funnel = How many prints become matches, custody and removals in the nation?
question-new-york-and-cook = What happened to detainers where New York and Cook County declined them?
question-pew-2008-2014 = How did Hispanic confidence in the police move between 2008 and 2014?
question-predictive = Does the model find what it was not fitted to?
question-prince-william = What did a county's enforcement do to relations with the police?
question-san-francisco = How do the regimes differ in San Francisco under the same dice?
question-texas-2012 = Did removals change what Latinos think they can expect of government?
question-tournament = Which rival hypotheses can the published findings tell apart?
question-treyger-chalfin-loeffler = Did crime in cities change when the programme came?
question-trust-act = Did holds fall under California's TRUST Act?
question-trust-hypotheses = Which hypotheses about trust can the findings tell apart?
question-trust-sizes = How large are the model's effects on trust?
question-united-states = What does the programme do in all counties of the nation?
question-regimes = What does every regime change against Secure Communities as it was?

# what was published beside the model's
question-other = What came of this run, comparison or sweep?
results-about = Where it comes from: versions and checksums
results-verdicts = Published and modelled, with verdicts: { $result }
results-finding = What was found
results-published = Published
results-model = Model
results-picture = Published above, model below
results-verdict = Verdict
results-beside = Published { $published }; model { $model }
