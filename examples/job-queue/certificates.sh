#!/bin/sh
# Makes an authority, and a certificate for each node: `sh certificates.sh FOLDER CLUSTER NODE...`
set -eu
folder=$1 cluster=$2
shift 2
mkdir -p "$folder"
umask 077

# The authority. Its key stays off the machines that run nodes.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$cluster authority" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$folder/ca.key" -out "$folder/ca.crt"

for node in "$@"; do
  # The name that counts is the URI: this node of this cluster.
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$node" \
    -addext "subjectAltName=URI:foundation://$cluster/$node" -keyout "$folder/$node.key" -out "$folder/$node.csr"
  openssl x509 -req -in "$folder/$node.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days 30 -copy_extensions copy \
    -out "$folder/$node.crt"
  rm "$folder/$node.csr"
done
