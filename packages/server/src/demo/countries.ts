/** Where the demo's customers live, what they are called there, and what they pay in. */
export type Country = {
  readonly code: string
  readonly share: number
  readonly currency: 'USD' | 'EUR' | 'GBP'
  readonly cities: readonly (readonly [city: string, postalCode: string, state: string | null])[]
  readonly streets: readonly string[]
  readonly firstNames: readonly string[]
  readonly lastNames: readonly string[]
  readonly companyForm: string
}

export const COUNTRIES: readonly Country[] = [
  {
    code: 'US', share: 30, currency: 'USD', companyForm: 'Inc.',
    cities: [['Portland', '97205', 'OR'], ['Austin', '78701', 'TX'], ['Denver', '80202', 'CO'], ['Madison', '53703', 'WI']],
    streets: ['Maple Avenue', 'Second Street', 'Harbor Road', 'College Street'],
    firstNames: ['Olivia', 'Marcus', 'Grace', 'Ethan', 'Naomi', 'Caleb', 'Priya', 'Owen', 'Renee', 'Diego'],
    lastNames: ['Bennett', 'Alvarez', 'Whitaker', 'Coleman', 'Nakamura', 'Sullivan', 'Okafor', 'Meyers', 'Patel', 'Lindgren'],
  },
  {
    code: 'GB', share: 16, currency: 'GBP', companyForm: 'Ltd',
    cities: [['Bristol', 'BS1 4DJ', null], ['Leeds', 'LS1 5AB', null], ['Glasgow', 'G1 3SL', null]],
    streets: ['Station Road', 'Church Lane', 'Mill Street', 'Queen Square'],
    firstNames: ['Imogen', 'Callum', 'Freya', 'Rhys', 'Amara', 'Toby', 'Sunita', 'Fergus'],
    lastNames: ['Hartley', 'Davies', 'McLean', 'Osborne', 'Bhatt', 'Fairclough', 'Penrose', 'Ashworth'],
  },
  {
    code: 'DE', share: 14, currency: 'EUR', companyForm: 'GmbH',
    cities: [['Leipzig', '04109', null], ['Hamburg', '20095', null], ['Freiburg', '79098', null]],
    streets: ['Lindenstraße', 'Gartenweg', 'Bahnhofstraße', 'Am Markt'],
    firstNames: ['Johanna', 'Lukas', 'Miriam', 'Felix', 'Aylin', 'Jonas', 'Greta', 'Matthias'],
    lastNames: ['Brandt', 'Vogel', 'Yildiz', 'Krüger', 'Hofmann', 'Seidel', 'Lorenz', 'Winkler'],
  },
  {
    code: 'FR', share: 9, currency: 'EUR', companyForm: 'SARL',
    cities: [['Nantes', '44000', null], ['Lyon', '69002', null], ['Lille', '59800', null]],
    streets: ['rue des Tilleuls', 'avenue de la Gare', 'rue du Moulin'],
    firstNames: ['Camille', 'Théo', 'Inès', 'Mathilde', 'Karim', 'Hugo', 'Solène'],
    lastNames: ['Lefèvre', 'Marchand', 'Benali', 'Rousseau', 'Garnier', 'Chevalier'],
  },
  {
    code: 'CA', share: 7, currency: 'USD', companyForm: 'Inc.',
    cities: [['Halifax', 'B3J 1S9', 'NS'], ['Calgary', 'T2P 2M5', 'AB'], ['Montréal', 'H2Y 1C6', 'QC']],
    streets: ['Birch Street', 'Rue Sainte-Anne', 'Lakeshore Drive'],
    firstNames: ['Chloé', 'Liam', 'Maya', 'Étienne', 'Harper', 'Arjun'],
    lastNames: ['Tremblay', 'MacDonald', 'Singh', 'Gagnon', 'Fraser', 'Wong'],
  },
  {
    code: 'NL', share: 6, currency: 'EUR', companyForm: 'B.V.',
    cities: [['Utrecht', '3511 LN', null], ['Groningen', '9711 LM', null]],
    streets: ['Kerkstraat', 'Molenweg', 'Oudegracht'],
    firstNames: ['Sanne', 'Daan', 'Femke', 'Ruben', 'Noor', 'Thijs'],
    lastNames: ['de Boer', 'Visser', 'van Dijk', 'Mulder', 'Hoekstra'],
  },
  {
    code: 'AU', share: 6, currency: 'USD', companyForm: 'Pty Ltd',
    cities: [['Hobart', '7000', 'TAS'], ['Adelaide', '5000', 'SA']],
    streets: ['Bay Street', 'Wattle Grove', 'King William Road'],
    firstNames: ['Matilda', 'Lachlan', 'Zara', 'Hamish', 'Tess'],
    lastNames: ['Kowalski', 'Brennan', 'Nguyen', 'Carmichael', 'Doyle'],
  },
  {
    code: 'SE', share: 4, currency: 'EUR', companyForm: 'AB',
    cities: [['Uppsala', '753 10', null], ['Malmö', '211 22', null]],
    streets: ['Storgatan', 'Kungsgatan', 'Björkvägen'],
    firstNames: ['Elin', 'Oskar', 'Saga', 'Viktor', 'Linnea'],
    lastNames: ['Sandberg', 'Nyström', 'Åkesson', 'Holm', 'Ekdahl'],
  },
  {
    code: 'ES', share: 4, currency: 'EUR', companyForm: 'S.L.',
    cities: [['Valencia', '46002', null], ['Bilbao', '48001', null]],
    streets: ['Calle Mayor', 'Calle del Olmo', 'Avenida del Puerto'],
    firstNames: ['Lucía', 'Álvaro', 'Marta', 'Iker', 'Noelia'],
    lastNames: ['Herrera', 'Ibáñez', 'Cortés', 'Molina', 'Etxeberria'],
  },
  {
    code: 'JP', share: 4, currency: 'USD', companyForm: 'K.K.',
    cities: [['Kyoto', '604-8006', null], ['Sendai', '980-0021', null]],
    streets: ['Sakura-dori 2-chome', 'Honmachi 4-chome'],
    firstNames: ['Haruka', 'Kenji', 'Yuki', 'Sota', 'Aoi'],
    lastNames: ['Fujimoto', 'Ishikawa', 'Ueda', 'Morita', 'Hayashi'],
  },
] // prettier-ignore
