//! `allot-hub`: what the collectives of a federation share. Nothing is here yet; the room is kept so that the
//! workspace has the shape that the design gives it. Agents work without a hub.
