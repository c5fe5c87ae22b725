#!/bin/sh
# Makes the certificates of the tests, valid from 2020 to 2120: run here, with openssl, when one must change.
set -eu
work=$(mktemp -d)
key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1"; }
cat > "$work/conf" <<CONF
[req]
distinguished_name = name
[name]
[ca]
default_ca = here
[here]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1, DNS:slamon.acme.example, DNS:*.desk.acme.example
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[client]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:prometheus.acme.example, email:ops@acme.example
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONF
sign() { # key, name, kind, out, end, signer's certificate and key, further options
  openssl req -new -config "$work/conf" -key "$1" -subj "/CN=$2" -out "$work/request"
  : > "$work/index"
  openssl ca -batch -notext -config "$work/conf" -in "$work/request" -out "$4" -extensions "$3" \
    -startdate 20200101000000Z -enddate "$5" ${6:+-cert "$6"} -keyfile "$7" ${8:-} 2>/dev/null
}
far=21200101000000Z
for who in ca:slamon-tests stranger:somebody-else; do
  key "$work/${who%%:*}.key"
  sign "$work/${who%%:*}.key" "${who##*:}" authority "${who%%:*}.pem" "$far" "" "$work/${who%%:*}.key" -selfsign
done
for name in server second client stranger-client; do key "$name.key"; done
openssl ec -in server.key -aes128 -passout pass:x -out locked.key 2>/dev/null
sign server.key localhost server server.pem "$far" ca.pem "$work/ca.key"
sign second.key localhost server second.pem "$far" ca.pem "$work/ca.key"
sign server.key localhost server expired.pem 20210101000000Z ca.pem "$work/ca.key"
sign client.key prometheus client client.pem "$far" ca.pem "$work/ca.key"
sign stranger-client.key prometheus client stranger-client.pem "$far" stranger.pem "$work/stranger.key"
rm -r "$work" stranger.pem
