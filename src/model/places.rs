//! The places of processes, and what light needs between them.
//!
//! Light in glass travels about 200,000 km in a second, which is 5 µs for each kilometre: its speed in vacuum over a
//! refractive index of about 1.5. The way is taken to be the shortest one over the globe, a path factor of 1. Real
//! cables are longer, by a third and more, and routers take their time: nothing real is faster than this.

use crate::quote::quoted;

/// A city in which processes can stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct City {
    /// Its name in files.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Latitude and longitude of its centre, in thousandths of a degree, north and east.
    pub place: (i32, i32),
}

/// The cities, from London eastwards.
pub const CITIES: [City; 16] = [
    City { name: "london", title: "London", place: (51_507, -128) },
    City { name: "frankfurt", title: "Frankfurt", place: (50_110, 8_682) },
    City { name: "stockholm", title: "Stockholm", place: (59_329, 18_069) },
    City { name: "lagos", title: "Lagos", place: (6_455, 3_394) },
    City { name: "nairobi", title: "Nairobi", place: (-1_286, 36_817) },
    City { name: "johannesburg", title: "Johannesburg", place: (-26_204, 28_047) },
    City { name: "dubai", title: "Dubai", place: (25_205, 55_271) },
    City { name: "mumbai", title: "Mumbai", place: (19_076, 72_878) },
    City { name: "singapore", title: "Singapore", place: (1_352, 103_820) },
    City { name: "tokyo", title: "Tokyo", place: (35_690, 139_692) },
    City { name: "sydney", title: "Sydney", place: (-33_869, 151_209) },
    City { name: "auckland", title: "Auckland", place: (-36_848, 174_763) },
    City { name: "san-francisco", title: "San Francisco", place: (37_775, -122_419) },
    City { name: "new-york", title: "New York", place: (40_713, -74_006) },
    City { name: "mexico-city", title: "Mexico City", place: (19_433, -99_133) },
    City { name: "sao-paulo", title: "São Paulo", place: (-23_551, -46_633) },
];

/// The distance of each city to those before it in [`CITIES`], in kilometres.
///
/// Great circles by the haversine formula on a sphere with the Earth's mean radius, 6371 km, rounded to the nearest
/// kilometre; the sphere is wrong by half a percent at most. It is a table, so that the library needs no sines.
const KILOMETRES: [&[u16]; CITIES.len()] = [
    &[],
    &[638],
    &[1433, 1187],
    &[5020, 4879, 6010],
    &[6820, 6311, 6936, 3808],
    &[9070, 8698, 9555, 4501, 2925],
    &[5473, 4836, 4757, 5885, 3553, 6420],
    &[7192, 6564, 6229, 7621, 4542, 6983, 1935],
    &[10848, 10258, 9637, 11142, 7455, 8659, 5837, 3904],
    &[9559, 9332, 8169, 13476, 11252, 13539, 7933, 6724, 5315],
    &[16994, 16483, 15596, 15517, 12152, 11041, 12049, 10157, 6306, 7827],
    &[18336, 18168, 17009, 16524, 13954, 12187, 14202, 12298, 8417, 8841, 2156],
    &[8616, 9133, 8622, 12565, 15436, 16964, 13008, 13494, 13582, 8271, 11948, 10508],
    &[5570, 6203, 6320, 8479, 11842, 12840, 11008, 12538, 15332, 10849, 15989, 14194, 4129],
    &[8929, 9560, 9585, 11069, 14816, 14585, 14332, 15645, 16607, 11306, 12973, 10956, 3038, 3359],
    &[9497, 9829, 10927, 6371, 9283, 7429, 12226, 13774, 15987, 18534, 13357, 12020, 10434, 7686, 7432],
];

/// The time that light in glass needs for a kilometre, in microseconds.
pub const LIGHT_US_PER_KM: u64 = 5;

/// The place of the city `name` in [`CITIES`]. The error lists the names that there are.
pub fn city(name: &str) -> Result<usize, String> {
    CITIES.iter().position(|city| city.name == name).ok_or_else(|| {
        let names: Vec<&str> = CITIES.iter().map(|city| city.name).collect();
        format!("there is no city {}; there are {}", quoted(name), names.join(", "))
    })
}

/// The distance between two cities, in kilometres.
pub fn kilometres(one: usize, other: usize) -> u64 {
    let (less, more) = (one.min(other), one.max(other));
    KILOMETRES[more].get(less).copied().map_or(0, u64::from)
}

/// The time that light needs between two cities, in microseconds.
pub fn light_us(one: usize, other: usize) -> u64 {
    LIGHT_US_PER_KM * kilometres(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the table is checked against the formula that it replaces")]
    fn the_table_is_what_the_formula_says() {
        let radians = |degrees: i32| (f64::from(degrees) / 1_000.0).to_radians();
        for (one, City { place: (from, east), .. }) in CITIES.iter().enumerate() {
            for (other, City { place: (to, west), .. }) in CITIES.iter().enumerate() {
                let (north, across) = ((radians(*to) - radians(*from)) / 2.0, (radians(*west) - radians(*east)) / 2.0);
                let chord = north.sin().powi(2) + radians(*from).cos() * radians(*to).cos() * across.sin().powi(2);
                let exact = 2.0 * 6371.0 * chord.sqrt().asin();
                let table = kilometres(one, other) as f64;
                assert!((table - exact).abs() < 0.51, "{} to {}: {exact}", CITIES[one].name, CITIES[other].name);
            }
        }
    }

    #[test]
    fn light_needs_85_ms_from_london_to_sydney() {
        let (london, sydney) = (city("london").expect("listed"), city("sydney").expect("listed"));
        assert_eq!(light_us(london, sydney), 84_970);
        assert_eq!(light_us(sydney, london), 84_970);
        assert_eq!(light_us(london, london), 0);
    }

    #[test]
    fn an_unknown_city_is_answered_with_those_that_there_are() {
        let error = city("atlantis").expect_err("it has sunk");
        assert!(error.starts_with("there is no city \"atlantis\"; there are london, frankfurt,"), "{error}");
    }
}
