//! Looks a name up by hickory-resolver, with the system's resolv.conf.
use hickory_resolver::Resolver;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let name = std::env::args().nth(1).expect("a name");
    let resolver = Resolver::builder_tokio().expect("resolv.conf").build().expect("a resolver");
    match resolver.lookup_ip(name).await {
        Ok(found) => {
            let words: Vec<String> = found.iter().map(|each| format!("\"{each}\"")).collect();
            println!("{{\"addresses\": [{}]}}", words.join(", "));
        }
        Err(error) => println!("{{\"addresses\": [], \"error\": {:?}}}", error.to_string()),
    }
}
