// The desk's page begins here.

const place = document.getElementById("desk");
place.textContent = "Otklik";
