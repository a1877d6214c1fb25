# Sourced by scripts/images: folders that become images. Nothing here needs root: files get their owners in the archive.
# shellcheck shell=bash

busybox_binary() {
  local path
  for path in /usr/bin/busybox /bin/busybox; do
    if [ -x "$path" ] && "$path" true; then echo "$path"; return; fi
  done
  die 1 "no busybox here" "run: scripts/setup --engine"
}

# base_rootfs DIR: busybox with all its commands, an unprivileged user, and the places programs expect.
base_rootfs() {
  local dir=$1 applet busybox
  busybox=$(busybox_binary)
  mkdir -p "$dir"/{bin,etc,proc,sys,dev,run,tmp,root,var,usr/bin}
  chmod 1777 "$dir/tmp"
  install -m 0755 "$busybox" "$dir/bin/busybox"
  for applet in $("$busybox" --list | grep -vx busybox); do ln -sf busybox "$dir/bin/$applet"; done
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:999:999:app:/data:/bin/sh\n' >"$dir/etc/passwd"
  printf 'root:x:0:\napp:x:999:\n' >"$dir/etc/group"
}

# redis_rootfs DIR PROGRAM...: a base with these programs of Debian's Redis and the libraries they load.
redis_rootfs() {
  local dir=$1 program libs
  shift
  base_rootfs "$dir"
  unpack_redis
  libs=/usr/lib/$(gcc -print-multiarch)
  for program in "$@"; do
    install -m 0755 "$WORK/redis/usr/bin/$program" "$dir/usr/bin/$program"
    copy_libraries "$WORK/redis/usr/bin/$program" "$WORK/redis$libs" "$dir"
  done
}

# unpack_redis: the packages into $WORK/redis, once; they are not installed on this machine.
unpack_redis() {
  if [ -d "$WORK/redis" ]; then return; fi
  mkdir "$WORK/redis" "$WORK/packages"
  say "fetching Debian's Redis (apt-get download)"
  local package
  fetch_redis || fetch_redis_with_new_lists || {
    tail -n 5 "$WORK/apt.log" >&2
    die 1 "could not fetch Debian's Redis" "see what apt-get said above; with the network there, run: apt-get update"
  }
  for package in "$WORK"/packages/*.deb; do dpkg-deb -x "$package" "$WORK/redis"; done
}

fetch_redis() {
  # shellcheck disable=SC2046  # a list of package names
  (cd "$WORK/packages" && apt-get download -q $(redis_packages)) >"$WORK/apt.log" 2>&1
}

# A machine that never ran apt-get update knows no packages, or ones that are no longer served.
fetch_redis_with_new_lists() {
  may_be_root || return 1
  say "updating the package lists (apt-get update)"
  as_root apt-get update -q >"$WORK/apt.log" 2>&1 && fetch_redis
}

# redis_packages: the two packages with the programs, and every library package below them but the C library.
redis_packages() {
  local found='redis-server redis-tools' level='redis-server redis-tools'
  while [ -n "$level" ]; do
    # shellcheck disable=SC2086  # lists of package names
    level=$(library_dependencies $level | grep -vxF "$(printf '%s\n' $found)" | tr '\n' ' ' || true)
    found+=" $level"
  done
  echo "$found"
}

library_dependencies() {
  apt-cache depends --no-recommends --no-suggests "$@" |
    sed -n 's/^ *Depends: \(lib[^<>]*\)$/\1/p' | grep -vx libc6 | sort -u || true
}

# copy_libraries PROGRAM LIBRARIES DIR: what the dynamic linker would load, from LIBRARIES first, the machine's own after.
copy_libraries() {
  local program=$1 libraries=$2 dir=$3 line path
  LD_LIBRARY_PATH=$libraries ldd "$program" | while IFS= read -r line; do
    case $line in
      *'not found'*) die 1 "${program##*/} needs a library that is nowhere:$line" "install its package, then run this again" ;;
      *'=> /'*) path=${line#*=> } ;;
      *'/ld-linux'*) path=${line#"${line%%[! $'\t']*}"} ;;
      *) continue ;;
    esac
    place_library "${path%% (*}" "$dir"
  done
}

# The linker stays where programs name it; everything else goes to /lib, which it always searches.
place_library() {
  local path=$1 dir=$2
  case $path in
    */ld-linux*) install -D -m 0755 "$path" "$dir$path" ;;
    *) install -D -m 0755 "$path" "$dir/lib/${path##*/}" ;;
  esac
}

# pack DIR: the folder as a tar archive with fixed owners and times; /data belongs to the unprivileged user.
pack() {
  local dir=$1 fixed=(--sort=name --mtime=@0 --numeric-owner)
  if [ -d "$dir/data" ]; then
    tar -C "$dir" "${fixed[@]}" --owner=0 --group=0 --exclude=./data -cf "$WORK/pack.tar" .
    tar -C "$dir" "${fixed[@]}" --owner=999 --group=999 -rf "$WORK/pack.tar" ./data
    cat "$WORK/pack.tar"
  else
    tar -C "$dir" "${fixed[@]}" --owner=0 --group=0 -cf - .
  fi
}
